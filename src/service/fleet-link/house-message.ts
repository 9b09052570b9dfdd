/** What a house says to its relays. */
import { z } from 'zod';
import { settings } from '../../config/setting-schema.ts';
import { type Ban, banKinds } from '../access/bans/ban-ledger.ts';
import { LINK_VERSION, MAX_CHARACTERS, MAX_LISTED } from './link-limits.ts';

/** What a house says first. */
export interface HouseWelcome {
  readonly type: 'welcome';
  readonly version: number;
  /** Of the house, for people. */
  readonly name: string;
  /** How often it wants to hear from the relay. */
  readonly telemetryIntervalMs: number;
}

/** What a relay takes from a house, and nothing else. */
export interface FleetSettings {
  /** As in a relay's config; the relay judges them by the same schema. */
  readonly streams: readonly unknown[];
  /** Null: no limit. */
  readonly limits: { readonly players: number | null; readonly sentBitsPerSecond: number | null };
  readonly access: {
    /** Ed25519 public keys of the house's permits, base64url of 32 bytes, by id. */
    readonly permitKeys: Readonly<Record<string, string>>;
    /** Whether only those may publish and play whom a house has sent. */
    readonly houseOnly: boolean;
  };
}

/** From now on the relay is to go by these settings; it tells in the acknowledgement whether it does. */
export interface ConfigInstruction {
  readonly type: 'config';
  readonly id: string;
  /** Follows from the settings. */
  readonly revision: string;
  readonly settings: FleetSettings;
}

/** Ends the sessions for which everything holds that is not null; at least one thing is. */
export interface KickInstruction {
  readonly type: 'kick';
  readonly id: string;
  readonly session: string | null;
  readonly uid: string | null;
  readonly identity: string | null;
  readonly address: string | null;
  readonly stream: string | null;
  /** For the person who is ended. */
  readonly reason: string;
}

/** Who is kept out: the whole list, which replaces the house's former one. */
export interface BansInstruction {
  readonly type: 'bans';
  readonly id: string;
  /** Each until then, milliseconds since 1970. */
  readonly bans: readonly (Ban & { readonly until: number })[];
}

/** Nobody new is let in, relays downstream excepted, and who can go elsewhere is asked to. Who is there stays, and the relay runs on. */
export interface DrainInstruction {
  readonly type: 'drain';
  readonly id: string;
  /** rtmp:// or rtmps:// URL of a server; null: none. */
  readonly reconnectUrl: string | null;
}

/** `resume`: the end of `drain`. `reload`: the relay reads its own configuration again. */
export interface PlainInstruction {
  readonly type: 'resume' | 'reload';
  readonly id: string;
}

/** The relay measures how long the way to others and back is. */
export interface MeasureInstruction {
  readonly type: 'measure';
  readonly id: string;
  readonly targets: readonly { readonly relay: string; readonly url: string }[];
}

/** Everything that a house tells a relay to do. Each can be repeated without harm. */
export type Instruction =
  | ConfigInstruction
  | KickInstruction
  | BansInstruction
  | DrainInstruction
  | PlainInstruction
  | MeasureInstruction;

/** Everything that a house says. */
export type HouseMessage = HouseWelcome | Instruction;

const id = z.string().min(1).max(MAX_CHARACTERS.id);
const label = z.string().max(MAX_CHARACTERS.label);
const moment = z.number().min(0).max(Number.MAX_SAFE_INTEGER);

/** What is within something else within something else: a stream of a relay's config is far from so deep. */
const MAX_DEPTH = 16;

/** Judged by the schema of a relay's config; whoever writes it down again would go as deep as it is. */
const stream = z.unknown().refine((value) => isWithin(value, MAX_DEPTH), 'expected a stream');

/** Schema of {@link FleetSettings}. */
export const fleetSettings: z.ZodType<FleetSettings> = settings<FleetSettings>({
  streams: z.array(stream).max(1000),
  limits: settings<FleetSettings['limits']>({
    players: z.int().min(1).nullable(),
    sentBitsPerSecond: z.number().min(1).nullable(),
  }),
  access: settings<FleetSettings['access']>({
    permitKeys: z.record(id, z.string().max(64)),
    houseOnly: z.boolean(),
  }),
});

const welcome = settings<HouseWelcome>({
  type: z.literal('welcome'),
  version: z.literal(LINK_VERSION),
  name: z.string().max(255),
  telemetryIntervalMs: z.int().min(100).max(600_000),
});

const config = settings<ConfigInstruction>({
  type: z.literal('config'),
  id,
  revision: id,
  settings: fleetSettings,
});

const kick = settings<KickInstruction>({
  type: z.literal('kick'),
  id,
  session: id.nullable(),
  uid: label.nullable(),
  identity: label.nullable(),
  address: id.nullable(),
  stream: z.string().max(MAX_CHARACTERS.key).nullable(),
  reason: label,
});

/** Schema of those who are kept out. */
export const banList: z.ZodType<BansInstruction['bans']> = z
  .array(settings<BansInstruction['bans'][number]>({ kind: z.enum(banKinds), value: label, until: moment }))
  .max(MAX_LISTED.bans);

const bans = settings<BansInstruction>({ type: z.literal('bans'), id, bans: banList });

const drain = settings<DrainInstruction>({
  type: z.literal('drain'),
  id,
  reconnectUrl: z.string().max(MAX_CHARACTERS.url).nullable(),
});

const plain = settings<PlainInstruction>({ type: z.enum(['resume', 'reload']), id });

const measure = settings<MeasureInstruction>({
  type: z.literal('measure'),
  id,
  targets: z
    .array(
      settings<MeasureInstruction['targets'][number]>({
        relay: id,
        url: z.string().max(MAX_CHARACTERS.url),
      }),
    )
    .max(MAX_LISTED.targets),
});

/** Schema of what a house says. */
export const houseMessage: z.ZodType<HouseMessage> = z.discriminatedUnion('type', [
  welcome,
  config,
  kick,
  bans,
  drain,
  plain,
  measure,
]);

/** Whether nothing in it is deeper than that. */
function isWithin(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((part) => isWithin(part, depth - 1));
}
