/** Reads a host's figures off what node_exporter tells. Pure. */
import type { Series } from './exposition.ts';
import type { LinkTotals, Reading } from './reading.ts';

/** Devices that pass on what others carry: their bytes would be counted twice. */
const stackedDisk = /^(?:dm-|md|loop|ram|zram|sr)\d/;
const virtualLink = /^(?:lo|veth|docker|br-|virbr|cni|flannel|cali|tunl|ifb|dummy)/;
/** In which a CPU ran nothing of this host; a guest's time is within the user's. */
const notBusy: ReadonlySet<string> = new Set(['idle', 'iowait', 'steal', 'guest', 'guest_nice']);

/** The host that node_exporter speaks of; null where the series are not node_exporter's. */
export function hostReading(
  all: readonly Series[],
  { name, atMicros }: Pick<Reading, 'name' | 'atMicros'>,
): Reading | null {
  const named = (wanted: string): readonly Series[] => all.filter(series => series.name === wanted);
  const cpu = named('node_cpu_seconds_total');
  const byDisk = devicesOf(named('node_disk_io_time_seconds_total'), stackedDisk);
  const links = linksOf(named);
  const total = (wanted: string, leftOut: RegExp): number | undefined => sumOf(devicesOf(named(wanted), leftOut));
  if (cpu.length === 0 && Object.keys(byDisk).length === 0 && Object.keys(links).length === 0) return null;
  return {
    of: 'host',
    name,
    host: name,
    life: String(named('node_boot_time_seconds')[0]?.value ?? ''),
    atMicros,
    cores: cpu.length === 0 ? null : new Set(cpu.map(({ labels }) => labels['cpu'])).size,
    totals: known({
      cpuSeconds:
        cpu.length === 0
          ? undefined
          : cpu.filter(({ labels }) => !notBusy.has(labels['mode'] ?? '')).reduce((sum, { value }) => sum + value, 0),
      writtenBytes: total('node_disk_written_bytes_total', stackedDisk),
      readBytes: total('node_disk_read_bytes_total', stackedDisk),
      receivedBytes: total('node_network_receive_bytes_total', virtualLink),
      sentBytes: total('node_network_transmit_bytes_total', virtualLink),
    }),
    levels: known({
      dirtyBytes: named('node_memory_Dirty_bytes')[0]?.value,
      writebackBytes: named('node_memory_Writeback_bytes')[0]?.value,
    }),
    diskBusySeconds: byDisk,
    links,
  };
}

type Known<T> = { -readonly [Key in keyof T]?: Exclude<T[Key], undefined> };

/** Without what is not known. */
const known = <T extends object>(figures: T): Known<T> =>
  Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined)) as Known<T>;

function devicesOf(series: readonly Series[], leftOut: RegExp): Record<string, number> {
  return Object.fromEntries(
    series.flatMap(({ labels: { device = '' }, value }) => (leftOut.test(device) ? [] : [[device, value]])),
  );
}

function sumOf(byDevice: Readonly<Record<string, number>>): number | undefined {
  const values = Object.values(byDevice);
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
}

/** Devices that tell how fast they are: −1 and 0 stand for those that do not know. */
function linksOf(named: (name: string) => readonly Series[]): Record<string, LinkTotals> {
  const of = (name: string): Record<string, number> => devicesOf(named(name), virtualLink);
  const [speeds, received, sent] = [
    of('node_network_speed_bytes'),
    of('node_network_receive_bytes_total'),
    of('node_network_transmit_bytes_total'),
  ];
  return Object.fromEntries(
    Object.entries(speeds).flatMap(([device, bytesPerSecond]) => {
      const [receivedBytes, sentBytes] = [received[device], sent[device]];
      return bytesPerSecond <= 0 || receivedBytes === undefined || sentBytes === undefined
        ? []
        : [[device, { receivedBytes, sentBytes, bytesPerSecond }]];
    }),
  );
}
