import { z } from 'zod';
import { KeyPattern } from '../key-pattern.ts';
import { checkedString, fileName, integer, isObject, ownValue, settings } from '../setting-schema.ts';
import { argumentProblem, programProblem } from './exec-arguments.ts';
import { hookUrlProblem } from './hook-url.ts';

/** What a hook can be about: `connect`, `publish`, `play` and `playback` are questions where the hook `asks`, `record` and `call` always are. */
export const hookEvents = [
  'connect',
  'publish',
  'play',
  'record',
  'playback',
  'call',
  'recheck',
  'unpublish',
  'stop',
  'streamUp',
  'streamDown',
  'forwardUp',
  'forwardDown',
  'upstreamUp',
  'upstreamDown',
  'recordingBegun',
  'recordingDone',
  'recordingGap',
  'recordingsDown',
  'recordingsUp',
  'recordingUploaded',
  'recordingNotUploaded',
  'uploadsDown',
  'uploadsUp',
] as const;

/** One of {@link hookEvents}. */
export type HookEvent = (typeof hookEvents)[number];

/** Whose bodies and answers a hook understands. */
export const hookPresets = ['streampump', 'srs', 'nginx-rtmp'] as const;

/** One of {@link hookPresets}. */
export type HookPreset = (typeof hookPresets)[number];

/** Where an answer may send a client. */
export const redirectSchemes = ['rtmp', 'rtmps', 'http', 'https', 'ws', 'wss'] as const;

/** One of {@link redirectSchemes}. */
export type RedirectScheme = (typeof redirectSchemes)[number];

/** A back end that is asked who may do what, or told what happens, or a program that is told. */
export interface HookSettings {
  /** Pattern of stream keys, as in `streams`; `connect` and `call`, which are about no stream, are for every hook that names them. Default: all. */
  readonly match: string;
  readonly events: readonly HookEvent[];
  /** http:// or https:// URL, perhaps with user and password; null (default) where there is a program. */
  readonly url: string | null;
  /** A program with its arguments, one each, without a shell, from the config file only; null (default) where there is a URL. */
  readonly exec: readonly string[] | null;
  /** Whether `connect`, `publish`, `play` and `playback` wait for the answer, which decides (default), or are told once accepted. Programs are told. */
  readonly asks: boolean;
  readonly preset: HookPreset;
  /** What requests are signed with, at least 16 characters, or `whsec_` and Base64; null (default): they are not. */
  readonly secret: string | null;
  /** File that holds the secret; null (default): none. */
  readonly secretFile: string | null;
  /** Longest time from an event to its answer, retries included, milliseconds, 1 to a minute; default 2,000. */
  readonly timeoutMs: number;
  /** How often a request that failed is sent again, 0 to 10; default 2. */
  readonly retries: number;
  /** Requests at a time, or runs of the program, of each worker, 1 to 1,000; default 16. */
  readonly connections: number;
  /** Questions, and events, that wait for their turn, of each worker, 1 to 100,000; default 1,000. */
  readonly queueLength: number;
  /** Bytes of an answer, 1 KiB to 1 MiB; default 64 KiB. */
  readonly maxAnswerBytes: number;
  /** What holds where a question has no answer: no (`deny`, default), yes, or what was answered last. */
  readonly onUnavailable: 'deny' | 'allow' | 'last-answer';
  /** So long after it was given the last answer holds, milliseconds, 1 second to a week; default an hour. */
  readonly lastAnswerMs: number;
  /** How often it is asked again about what goes on, milliseconds, 1 second to a day; null (default): never. */
  readonly recheckMs: number | null;
  /** Schemes of URLs that an answer may redirect to; default: all that media comes by. */
  readonly redirectSchemes: readonly RedirectScheme[];
}

const secondMs = 1000;
const dayMs = 86_400_000;
const kib = 2 ** 10;
const shortestSecret = 16;

const hookEntry = settings<HookSettings>({
  match: checkedString(KeyPattern.problem, 'pattern of stream keys').default('**'),
  events: z.array(z.enum(hookEvents)).min(1),
  url: checkedString(hookUrlProblem, 'URL').nullable().default(null),
  exec: z.array(checkedString(argumentProblem, 'argument')).min(1).nullable().default(null),
  asks: z.boolean().default(true),
  preset: z.enum(hookPresets).default('streampump'),
  secret: checkedString(secretProblem, 'secret').nullable().default(null),
  secretFile: fileName.nullable().default(null),
  timeoutMs: integer(1, 60 * secondMs, 2 * secondMs),
  retries: integer(0, 10, 2),
  connections: integer(1, 1000, 16),
  queueLength: integer(1, 100_000, 1000),
  maxAnswerBytes: integer(kib, kib * kib, 64 * kib),
  onUnavailable: z.enum(['deny', 'allow', 'last-answer']).default('deny'),
  lastAnswerMs: integer(secondMs, 7 * dayMs, 3600 * secondMs),
  recheckMs: z.int().min(secondMs).max(dayMs).nullable().default(null),
  redirectSchemes: z.array(z.enum(redirectSchemes)).default([...redirectSchemes]),
}).superRefine(tellContradictions, { when: isObject });

/** Schema of `hooks`. */
export const hookSettings: z.ZodType<readonly HookSettings[]> = z.array(hookEntry).default([]);

/** @param hook - perhaps with faults of its own */
function tellContradictions(hook: HookSettings, context: z.core.$RefinementCtx): void {
  const tell = (name: keyof HookSettings, message: string): void =>
    context.addIssue({ code: 'custom', path: [name], message });
  const isProgram = (hook.exec ?? null) !== null;
  const hasUrl = (hook.url ?? null) !== null;
  if (isProgram === hasUrl)
    tell('url', isProgram ? 'only for a hook without exec' : 'missing, expected a URL, or a program in exec');
  const program: unknown = ownValue(hook.exec, 0);
  const problem = typeof program === 'string' ? programProblem(program) : undefined;
  if (problem !== undefined) context.addIssue({ code: 'custom', path: ['exec', 0], message: problem });
  const isAsked = !isProgram && hook.asks !== false && (hook.preset ?? 'streampump') === 'streampump';
  for (const event of ['call', 'record'] as const) {
    if (Array.isArray(hook.events) && hook.events.includes(event) && !isAsked)
      tell('events', `${event} is only for a hook that is asked, and without a preset of other servers`);
  }
  if ((hook.secret ?? null) !== null && (hook.secretFile ?? null) !== null)
    tell('secretFile', 'only for a hook without a secret');
}

/** What is wrong with a secret that requests are signed with, without repeating it; undefined when nothing is. */
export function secretProblem(secret: string): string | undefined {
  const [, encoded] = /^whsec_(.*)$/s.exec(secret) ?? [];
  if (encoded !== undefined && !/^[A-Za-z0-9+/]{22,}={0,2}$/.test(encoded))
    return 'not as it has to be, expected Base64 of at least 16 bytes behind whsec_';
  if (secret.length < shortestSecret) return `too short, expected at least ${shortestSecret} characters`;
  return undefined;
}
