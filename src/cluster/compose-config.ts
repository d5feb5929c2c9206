/** Turns a compose file, as compose itself resolves it, into the brokers in it and the addresses where this host reaches them. */
import { parse } from 'yaml';
import { z } from 'zod';

/** NaN, which is no port, for a range of them. */
const Port = z.union([z.number(), z.string()]).transform(Number);

/** Compose 2 writes a port in parts, compose 1 as `127.0.0.1:9092:9092/tcp`; one without a port of the host is free to vary. */
const PublishedPort = z.union([
  z.object({ target: Port, published: Port.optional() }),
  z.string().transform(text => {
    const match = /^(?:.*:)?(\d+):(\d+)(?:\/\w+)?$/.exec(text);
    return { target: Number(match?.[2]), published: match === null ? undefined : Number(match[1]) };
  }),
]);
type PublishedPort = z.infer<typeof PublishedPort>;

const Service = z.object({
  image: z.string().optional(),
  hostname: z.string().optional(),
  container_name: z.string().optional(),
  environment: z.record(z.string(), z.coerce.string().nullable()).default({}),
  ports: z.array(PublishedPort).default([]),
});
type Service = z.infer<typeof Service>;

const Resource = z.object({ name: z.string().optional(), external: z.unknown().optional() }).nullable();

const ComposeConfig = z.object({
  services: z.record(z.string(), Service).default({}),
  volumes: z.record(z.string(), Resource).default({}),
  networks: z.record(z.string(), Resource).default({}),
});
export type ComposeConfig = z.infer<typeof ComposeConfig>;

/** A broker of a compose file. */
export interface ComposeBroker {
  readonly service: string;
  /** Where clients on this host reach it: `localhost:9092`. */
  readonly address: string;
}

/** Where Kafka listens, and the image says that it does, unless told otherwise. */
const usualPort = 9092;

/** The output of `compose config`. It has much more than is read here. */
export const readComposeConfig = (text: string): ComposeConfig => ComposeConfig.parse(parse(text));

/** `CLIENT://localhost:9092` → its host and port; undefined where it names none. */
function splitListener(listener: string): { host: string; port: number } | undefined {
  const match = /^[\w.-]+:\/\/(.+):(\d+)$/.exec(listener.trim());
  return match === null ? undefined : { host: match[1] as string, port: Number(match[2]) };
}

/** Names that only containers can look up. */
function innerNames(services: Readonly<Record<string, Service>>): Set<string | undefined> {
  return new Set(
    Object.entries(services).flatMap(([name, { hostname, container_name }]) => [name, hostname, container_name]),
  );
}

/**
 * Clients go where a broker says that it is, whatever address they began with: so the address is the advertised one whose port
 * the service publishes. An image that is told nothing advertises its usual port.
 */
function addressOf(service: Service, inner: ReadonlySet<string | undefined>): string | undefined {
  const advertised = Object.entries(service.environment).find(([name]) => name.endsWith('ADVERTISED_LISTENERS'))?.[1];
  if (advertised === undefined || advertised === null) {
    const usual = service.ports.find(({ target, published }) => target === usualPort && published !== undefined);
    return usual === undefined ? undefined : `localhost:${usual.published}`;
  }
  const isPublished = (port: number) => service.ports.some(({ published }: PublishedPort) => published === port);
  const listeners = advertised.split(',').flatMap(listener => splitListener(listener) ?? []);
  const reachable = listeners.find(({ host, port }) => isPublished(port) && !inner.has(host));
  return reachable === undefined ? undefined : `${reachable.host}:${reachable.port}`;
}

/** The services that clients on this host can reach as brokers. */
export function brokersIn({ services }: ComposeConfig): ComposeBroker[] {
  const inner = innerNames(services);
  return Object.entries(services).flatMap(([service, settings]) => {
    const address = addressOf(settings, inner);
    return address === undefined ? [] : [{ service, address }];
  });
}

/** The volumes and networks with a name that is not the project's own: taking the project down would take them from others. */
export function sharedResources({ volumes, networks }: ComposeConfig, project: string): string[] {
  return [...Object.values(volumes), ...Object.values(networks)].flatMap(resource => {
    if (resource?.name === undefined || (resource.external ?? false) !== false) return [];
    return resource.name.startsWith(`${project}_`) ? [] : [resource.name];
  });
}
