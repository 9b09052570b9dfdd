/** Settings by environment: the prefix and the path in capitals, `listen.rtmp.port` as `STREAMPUMP_LISTEN_RTMP_PORT`. */
import { z } from 'zod';
import type { ConfigFault } from '../errors.ts';
import { quoteValue, suggestion } from './faults.ts';
import { namedSettings, type Overlay, withoutWrappers } from './setting-schema.ts';

/** Prefix of every variable that is ours. */
const variablePrefix = 'STREAMPUMP_';

/** What the environment says, sections before what they hold, and what in it cannot be understood. */
export interface EnvironmentSettings {
  readonly settings: readonly Overlay[];
  readonly faults: readonly ConfigFault[];
}

/** The name of the variable for a setting: `fanOut.maxDelayMs` is `STREAMPUMP_FAN_OUT_MAX_DELAY_MS`. */
export function variableName(path: readonly string[]): string {
  return variablePrefix + path.map((name) => name.replace(/[A-Z]/g, '_$&').toUpperCase()).join('_');
}

/**
 * Reads every variable with our prefix. Numbers and strings stand as they are, lists of strings are comma-separated or
 * JSON, everything else and null is JSON.
 */
export function readEnvironment(schema: z.ZodType, env: NodeJS.ProcessEnv): EnvironmentSettings {
  const known = new Map(namedSettings(schema).map((setting) => [variableName(setting.path), setting]));
  const faults: ConfigFault[] = [];
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith(variablePrefix) || known.has(variable)) continue;
    if (isServiceLink(variable, text)) continue;
    const problem = `unknown setting${suggestVariable(variable, [...known.keys()])}`;
    faults.push({ path: variable, problem });
  }
  const settings: Overlay[] = [];
  for (const [origin, { path, schema: setting }] of known) {
    const text = env[origin];
    if (text === undefined) continue;
    try {
      settings.push({ origin, kind: 'environment', path, value: parseVariable(setting, text) });
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      faults.push({ path: origin, problem: `expected JSON, got ${quoteValue(text, path)}` });
    }
  }
  return { settings, faults };
}

/** The number in a text of digits; any other text as it is, for the schema to refuse. */
export function parseInteger(text: string): number | string {
  return /^-?\d+$/.test(text) ? Number(text) : text;
}

/** @throws SyntaxError when what has to be JSON is not. */
function parseVariable(schema: z.ZodType, text: string): unknown {
  if (text === 'null' && schema.safeParse(null).success) return null;
  const bare = withoutWrappers(schema);
  if (bare instanceof z.ZodNumber) return parseInteger(text);
  if (bare instanceof z.ZodString || bare instanceof z.ZodEnum) return text;
  const isListOfStrings = bare instanceof z.ZodArray && bare.element instanceof z.ZodString;
  if (isListOfStrings && text !== '' && !text.startsWith('['))
    return text.split(',').map((element) => element.trim());
  return JSON.parse(text);
}

/** Kubernetes adds such variables to every container for each service, one called `streampump` among them. */
function isServiceLink(variable: string, text: string | undefined): boolean {
  return (
    /_SERVICE_(HOST|PORT)(_[A-Z0-9_]+)?$/.test(variable) ||
    /_PORT_\d+_(TCP|UDP|SCTP)_(PROTO|PORT|ADDR)$/.test(variable) ||
    (/_PORT(_\d+_(TCP|UDP|SCTP))?$/.test(variable) && /^(tcp|udp|sctp):\/\//.test(text ?? ''))
  );
}

function suggestVariable(variable: string, known: readonly string[]): string {
  const withoutPrefix = (name: string) => name.slice(variablePrefix.length);
  const suggested = suggestion(withoutPrefix(variable), known.map(withoutPrefix));
  return suggested.replace('mean ', `mean ${variablePrefix}`);
}
