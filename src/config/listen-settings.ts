import { z } from 'zod';
import { listenClashes, listenPlaces } from './listen-place.ts';
import { isHost } from './networks.ts';
import { checkedString, fileName, integer, oneOrMany, section, settings } from './setting-schema.ts';

/** Where a listener listens. */
export interface ListenerSettings {
  /** Address or host name to bind, IPv6 without brackets; `::` is every address of both families. */
  readonly host: string;
  /** TCP port, 0 to 65535; 0 picks a free one. */
  readonly port: number;
}

/** A certificate and its key, each a file in PEM form; in a config file relative to the folder that it is in. */
export interface CertificateFiles {
  /** The certificate, then those that lead from it to one that clients know. */
  readonly certFile: string;
  /** Its private key, without a passphrase. */
  readonly keyFile: string;
  /** The authorities whose clients' certificates are believed; null: clients are not asked for one. */
  readonly clientCaFile?: string | null;
}

/** Whether clients of a TLS listener prove who they are. */
export interface ClientCertificateSettings {
  /**
   * File of certificate authorities in PEM form; clients are asked for a certificate that leads to one of them. Null (default): they are
   * not asked.
   */
  readonly clientCaFile: string | null;
  /** Whether clients without such a certificate are refused in the handshake; default: they come in without it. */
  readonly requireClientCertificate: boolean;
}

/** Where a TLS listener listens, and with which certificate. */
export type TlsListenerSettings = ListenerSettings & CertificateFiles & ClientCertificateSettings;

/** The files of a TLS listener, or null for both. */
export type CertificateWish = { readonly [K in 'certFile' | 'keyFile']: string | null };

/** Where the admin listener listens, and what it is called; without a certificate (default) it speaks plain HTTP. */
export interface AdminListenerSettings extends ListenerSettings, CertificateWish, ClientCertificateSettings {
  /** Host names, without port, by which it may be asked for more than metrics and health; addresses and localhost always may. */
  readonly names: readonly string[];
}

/**
 * The listeners by what they speak, each a list: empty when it is off.
 * In the config null turns one off, an object stands for a list of one, and host and port have defaults. Those with
 * TLS are off by default, and when both of their files are null.
 */
export interface ListenSettings {
  /** RTMP for publishers, players and relays. */
  readonly rtmp: readonly ListenerSettings[];
  /** The same over TLS. */
  readonly rtmps: readonly TlsListenerSettings[];
  /** HTTP and WebSocket for players and publishers of FLV, and pages. */
  readonly http: readonly ListenerSettings[];
  /** The same over TLS. */
  readonly https: readonly TlsListenerSettings[];
  /** Metrics, health and API. */
  readonly admin: readonly AdminListenerSettings[];
}

/** The listeners that `--host` is for: those that serve the public, never admin. */
export const publicListeners: readonly (keyof ListenSettings)[] = ['rtmp', 'rtmps', 'http', 'https'];

/** The listeners that speak TLS: there is none unless the config names its certificate. */
export const tlsListeners = ['rtmps', 'https'] as const;

const clients = {
  clientCaFile: fileName.nullable().default(null),
  requireClientCertificate: z.boolean().default(false),
};

/** The ports of a service where its settings name none, by listener. */
export type DefaultPorts = Readonly<Record<keyof ListenSettings, number>>;

/** Schema of `listen` of a service that has these ports. */
export function listenSettings(ports: DefaultPorts): z.ZodType<ListenSettings> {
  return section<ListenSettings>(
    {
      rtmp: listener('::', ports.rtmp),
      rtmps: tlsListener(ports.rtmps),
      http: listener('::', ports.http),
      https: tlsListener(ports.https),
      admin: adminListener(ports.admin),
    },
    tellContradictions,
  );
}

/** @param listen - perhaps with faults of its own */
function tellContradictions(listen: ListenSettings, context: z.core.$RefinementCtx): void {
  if (publicListeners.every((protocol) => listen[protocol]?.length === 0)) {
    const message = `${publicListeners.join(', ')} are all off: nobody could publish or play`;
    context.addIssue({ code: 'custom', path: [], message });
  }
  for (const { place, holder } of listenClashes(listenPlaces(listen))) {
    const message = `${placeText(place)} is taken: ${holder.setting} listens on ${placeText(holder)}`;
    context.addIssue({ code: 'custom', path: [place.protocol, place.index, 'port'], message });
  }
}

function placeText({ host, port }: ListenerSettings): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function listener(host: string, port: number): z.ZodType<readonly ListenerSettings[]> {
  return oneOrMany(settings<ListenerSettings>(endpoint(host, port)));
}

function adminListener(port: number): z.ZodType<readonly AdminListenerSettings[]> {
  const file = fileName.nullable().default(null);
  const element = settings<AdminListenerSettings>({
    ...endpoint('127.0.0.1', port),
    ...{ certFile: file, keyFile: file, ...clients },
    names: z.array(checkedString(nameProblem, 'host name')).default([]),
  });
  const checked = element.superRefine((entry, context) => {
    tellTlsFaults(entry, context);
    if (entry.clientCaFile === null || entry.certFile !== null || entry.keyFile !== null) return;
    // over plain HTTP nobody is asked for one
    const message = 'expected a file, because there is a clientCaFile';
    context.addIssue({ code: 'custom', path: ['certFile'], message });
  });
  return oneOrMany(checked);
}

const certFirst = ['certFile', 'keyFile'] as const;
const keyFirst = ['keyFile', 'certFile'] as const;

function tlsListener(port: number): z.ZodType<readonly TlsListenerSettings[]> {
  // Null has to be said: a listener whose files were forgotten is a fault, not one that is off.
  const files = { certFile: fileName.nullable(), keyFile: fileName.nullable() };
  const element = settings<TlsListenerEntry>({ ...endpoint('::', port), ...files, ...clients });
  return oneOrMany(element.superRefine(tellTlsFaults), null).transform((entries) =>
    entries.filter(hasCertificate),
  );
}

function tellTlsFaults(entry: TlsListenerEntry, context: z.core.$RefinementCtx): void {
  if (entry.requireClientCertificate && entry.clientCaFile === null) {
    const message = 'expected a file, because requireClientCertificate is true';
    context.addIssue({ code: 'custom', path: ['clientCaFile'], message });
  }
  const [there, other] = entry.certFile === null ? keyFirst : certFirst;
  if (entry[there] === null || entry[other] !== null) return;
  const message = `expected a file, because there is a ${there}`;
  context.addIssue({ code: 'custom', path: [other], message });
}

/** As the config has it. */
type TlsListenerEntry = ListenerSettings & ClientCertificateSettings & CertificateWish;

/** Whether a listener speaks TLS. */
export function hasCertificate<L extends CertificateWish>(listener: L): listener is L & CertificateFiles {
  return listener.certFile !== null && listener.keyFile !== null;
}

function endpoint(host: string, port: number): { host: z.ZodType<string>; port: z.ZodType<number> } {
  return {
    host: checkedString(hostProblem, 'host name or address').default(host),
    port: integer(0, 65_535, port),
  };
}

function nameProblem(name: string): string | undefined {
  const isName = /^[\w-]+(\.[\w-]+)*$/.test(name) && name.length <= 253;
  return isName ? undefined : 'expected a host name without port, such as relay.example.com';
}

function hostProblem(host: string): string | undefined {
  return isHost(host) ? undefined : 'expected a host name or an address, without brackets and port';
}
