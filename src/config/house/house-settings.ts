import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { type AccessSettings, accessSettings } from '../access/access-settings.ts';
import { type AccountSettings, accountSettings } from '../account-settings.ts';
import { type AdminSettings, adminSettings } from '../admin/admin-settings.ts';
import { type HttpSettings, httpSettings } from '../http-settings.ts';
import { type ListenSettings, listenSettings } from '../listen-settings.ts';
import { type AccessLogSettings, accessLogSettings, type LogSettings, logSettings } from '../log-settings.ts';
import { networkProblem } from '../networks.ts';
import {
  type DeadlineSettings,
  type DrainSettings,
  deadlineSettings,
  drainSettings,
  serviceName,
} from '../relay-settings.ts';
import { checkedString, fileName, integer, isObject, settings } from '../setting-schema.ts';
import { type StreamSettings, streamSettings } from '../stream-settings.ts';
import { type TlsSettings, tlsSettings } from '../tls-settings.ts';
import { type HouseLimitSettings, houseLimitSettings } from './house-limit-settings.ts';
import { relayIdProblem } from './house-link-settings.ts';
import { type FleetPermitSettings, permitSettings } from './permit-settings.ts';
import { type StoreSettings, storeSettings } from './store-settings.ts';

/** Everything an operator can decide about a house, validated and with the defaults filled in. */
export interface HouseSettings extends AccountSettings {
  /** Shown in metrics, logs and pages, 1 to 255 characters; default (null in the config): the host name. */
  readonly name: string;
  /** Where players, publishers, relays and operators come in. */
  readonly listen: ListenSettings;
  /** File that lists the relays; default: `roster.json`, in the folder of the config file; null: the roster that houses share. */
  readonly rosterFile: string | null;
  /** The original sources of the fleet's streams, as in a relay's config. */
  readonly streams: readonly StreamSettings[];
  /** Who may publish and play in the fleet. */
  readonly access: AccessSettings;
  readonly permits: FleetPermitSettings;
  /** Whether relays may link up without TLS from other machines than this one, their keys readable on the way; default: no. */
  readonly insecureLinks: boolean;
  /** How often relays report, milliseconds, 100 to 10 minutes; default 2,000. */
  readonly telemetryIntervalMs: number;
  /** A relay that has reported nothing for so long gets no players, milliseconds, 200 to an hour; default 10,000. */
  readonly offlineAfterMs: number;
  /** How long the same player is sent to the same relay, milliseconds, 0 to an hour; default 60,000. */
  readonly stickyMs: number;
  /** How long a player that was sent is waited for, milliseconds, 1,000 to 10 minutes; default 10,000. */
  readonly reserveMs: number;
  /** Id of the relay for players for whom there is no other; null (default): none. */
  readonly defaultRelay: string | null;
  /** How RTMP finds its relay: the house brings it there (`proxy`, default), or says where that is (`redirect`). */
  readonly rtmpMode: 'proxy' | 'redirect';
  /** How MMS players find their relay that follow no redirection: the house brings them there (`proxy`, default), or it does not. */
  readonly mmshMode: 'proxy' | 'redirect';
  /** Whether the shortest routes that are found are taken; default: they are only shown. */
  readonly autoRoutes: boolean;
  /** Absolute path of the folder for what the house has to keep; `auto` (default): where services keep such. */
  readonly stateDir: string;
  readonly store: StoreSettings;
  readonly limits: HouseLimitSettings;
  readonly deadlines: DeadlineSettings;
  readonly drain: DrainSettings;
  /** The proxies that it trusts have those of `trustedProxies` among them. */
  readonly http: HttpSettings;
  /** Short for `http.trustedProxies`. */
  readonly trustedProxies: readonly string[];
  /** Networks of proxies whose connections begin with a PROXY protocol header, as in a relay's config; default: none. */
  readonly proxyProtocol: readonly string[];
  readonly tls: TlsSettings;
  /** Its tokens have that of `adminTokenFile` among them. */
  readonly admin: AdminSettings;
  /** Short for a token of `admin.tokens` that may operate; null (default): none. */
  readonly adminTokenFile: string | null;
  readonly log: LogSettings;
  readonly accessLog: AccessLogSettings;
}

/** What the token of `adminTokenFile` is called, unless another one has the name. */
const SHORT_TOKEN = 'admin';

const hourMs = 3_600_000;
const tenMinutesMs = 600_000;

/** Schema of `house.config.json`. */
export const houseSettings: z.ZodType<HouseSettings> = settings<HouseSettings>({
  name: serviceName,
  listen: listenSettings({ rtmp: 1935, rtmps: 1936, http: 8079, https: 8442, admin: 9934 }),
  ...accountSettings,
  rosterFile: fileName.nullable().default('roster.json'),
  streams: streamSettings,
  access: accessSettings,
  permits: permitSettings,
  insecureLinks: z.boolean().default(false),
  telemetryIntervalMs: integer(100, tenMinutesMs, 2000),
  offlineAfterMs: integer(200, hourMs, 10_000),
  stickyMs: integer(0, hourMs, 60_000),
  reserveMs: integer(1000, tenMinutesMs, 10_000),
  defaultRelay: checkedString(relayIdProblem, 'name').nullable().default(null),
  rtmpMode: z.enum(['proxy', 'redirect']).default('proxy'),
  mmshMode: z.enum(['proxy', 'redirect']).default('proxy'),
  autoRoutes: z.boolean().default(false),
  stateDir: checkedString(stateDirProblem, 'path').default('auto'),
  store: storeSettings,
  limits: houseLimitSettings,
  deadlines: deadlineSettings,
  drain: drainSettings,
  http: httpSettings,
  trustedProxies: z.array(checkedString(networkProblem, 'network')).default([]),
  proxyProtocol: z.array(checkedString(networkProblem, 'network')).default([]),
  tls: tlsSettings,
  admin: adminSettings,
  adminTokenFile: fileName.nullable().default(null),
  log: logSettings,
  accessLog: accessLogSettings,
})
  .superRefine(tellContradictions, { when: isObject }) // next to faults of the settings
  .transform(withoutShortForms);

/** @param settings - perhaps with faults of their own */
function tellContradictions(
  { offlineAfterMs, telemetryIntervalMs }: Partial<HouseSettings>,
  context: z.core.$RefinementCtx,
): void {
  if (!(Number(offlineAfterMs) < 2 * Number(telemetryIntervalMs))) return;
  const message = `expected at least twice telemetryIntervalMs, which is ${telemetryIntervalMs}: one late report is no reason`;
  context.addIssue({ code: 'custom', path: ['offlineAfterMs'], message });
}

/** What has a short form stands where the long one is. */
function withoutShortForms(written: HouseSettings): HouseSettings {
  const { http, admin, trustedProxies, adminTokenFile } = written;
  const isTaken = admin.tokens.some(({ name }) => name === SHORT_TOKEN);
  const token = { name: isTaken ? `${SHORT_TOKEN}.` : SHORT_TOKEN, role: 'operate' } as const;
  const tokens = adminTokenFile === null ? [] : [{ ...token, file: adminTokenFile }];
  return {
    ...written,
    http: { ...http, trustedProxies: [...http.trustedProxies, ...trustedProxies] },
    admin: { ...admin, tokens: [...admin.tokens, ...tokens] },
  };
}

function stateDirProblem(path: string): string | undefined {
  const isPath = path === 'auto' || (isAbsolute(path) && !path.includes('\0'));
  return isPath ? undefined : 'expected "auto", or an absolute path';
}
