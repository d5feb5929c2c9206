/** Knows under which names exporters and JMX tell a broker's figures: one entry a figure. Pure. */
import type { Series } from './exposition.ts';
import type { Reading, Totals } from './reading.ts';

type Figure = keyof Totals | keyof Reading['levels'] | 'cores' | 'startedAtSeconds';

interface Name {
  readonly figure: Figure;
  /** Of the name in lower case, see `plainName`. What several entries of a figure find is added up. */
  readonly pattern: RegExp;
  /** From the exporter's unit; 1 unless given. */
  readonly scale?: number;
}

const topicMetric = (name: string): RegExp =>
  new RegExp(`^kafka_server_broker_?topic_?metrics_${name}(_?per_?sec)?(_total|_count)+$`);

/** Names vary with an exporter's rules; a figure whose unit a name does not tell for sure is left out. */
const names: readonly Name[] = [
  { figure: 'cpuSeconds', pattern: /^process_cpu_seconds_total$/ },
  { figure: 'cpuSeconds', pattern: /^java_lang_operatingsystem_processcputime$/, scale: 1e-9 },
  { figure: 'residentBytes', pattern: /^process_resident_memory_bytes$/ },
  { figure: 'startedAtSeconds', pattern: /^process_start_time_seconds$/ },
  { figure: 'startedAtSeconds', pattern: /^java_lang_runtime_starttime$/, scale: 1e-3 },
  { figure: 'cores', pattern: /^java_lang_operatingsystem_availableprocessors$/ },
  { figure: 'receivedBytes', pattern: topicMetric('bytes_?in') },
  { figure: 'receivedBytes', pattern: topicMetric('replication_?bytes_?in') },
  { figure: 'sentBytes', pattern: topicMetric('bytes_?out') },
  { figure: 'sentBytes', pattern: topicMetric('replication_?bytes_?out') },
  { figure: 'messages', pattern: topicMetric('messages_?in') },
  { figure: 'writtenBytes', pattern: /^kafka_server_kafkaserver_linux_disk_write_bytes(_value)?$/ },
  { figure: 'readBytes', pattern: /^kafka_server_kafkaserver_linux_disk_read_bytes(_value)?$/ },
  {
    // the meter counts the time for which the pool's threads were idle, each by its share of the pool, in ns
    figure: 'handlersIdleSeconds',
    pattern: /^kafka_server_kafkarequesthandlerpool_requesthandleravgidle_?percent(_total|_count)+$/,
    scale: 1e-9,
  },
  {
    figure: 'handlersIdle',
    pattern: /^kafka_server_kafkarequesthandlerpool_requesthandleravgidle_?percent_oneminuterate$/,
  },
  {
    figure: 'networkThreadsIdle',
    pattern: /^kafka_network_socketserver_networkprocessoravgidle_?percent(_value)?$/,
  },
  { figure: 'underReplicated', pattern: /^kafka_server_replicamanager_underreplicatedpartitions(_value)?$/ },
];

/**
 * The exporter without rules names a bean's attribute and gives the bean's name as a label:
 * `kafka_server_BrokerTopicMetrics_Count{name="BytesInPerSec"}` → `kafka_server_brokertopicmetrics_bytesinpersec_count`.
 */
function plainName({ name, labels }: Series): string {
  const lower = name.toLowerCase();
  const bean = labels['name']?.toLowerCase().replaceAll('-', '_');
  const match = /^(kafka_[a-z]+_[a-z]+)_(count|value|oneminuterate)$/.exec(lower);
  return bean === undefined || match === null ? lower : `${match[1]}_${bean}_${match[2]}`;
}

/** The figures of a broker in what it tells; those that it does not tell are missing. */
export function brokerFigures(all: readonly Series[]): Partial<Record<Figure, number>> {
  const plain = all.map(series => ({ ...series, plain: plainName(series) }));
  const figures: Partial<Record<Figure, number>> = {};
  for (const { figure, pattern, scale = 1 } of names) {
    const found = plain.filter(series => pattern.test(series.plain));
    // of all topics together, where that is told: the topics' own would be counted twice
    const whole = found.filter(({ labels }) => (labels['topic'] ?? '') === '');
    const counted = whole.length > 0 ? whole : found;
    if (counted.length === 0) continue;
    figures[figure] = (figures[figure] ?? 0) + counted.reduce((sum, { value }) => sum + value * scale, 0);
  }
  return figures;
}

const levelNames = ['residentBytes', 'handlersIdle', 'networkThreadsIdle', 'underReplicated'] as const;

/** A broker's reading of what it tells; null where that is nothing of a broker. */
export function brokerReading(
  series: readonly Series[],
  { name, host, atMicros }: Pick<Reading, 'name' | 'host' | 'atMicros'>,
): Reading | null {
  const { cores = null, startedAtSeconds, ...figures } = brokerFigures(series);
  if (Object.keys(figures).length === 0) return null;
  const isLevel = (figure: string): boolean => (levelNames as readonly string[]).includes(figure);
  const entries = Object.entries(figures);
  return {
    of: 'broker',
    name,
    host,
    life: String(startedAtSeconds ?? ''),
    atMicros,
    cores,
    totals: Object.fromEntries(entries.filter(([figure]) => !isLevel(figure))),
    levels: Object.fromEntries(entries.filter(([figure]) => isLevel(figure))),
  };
}
