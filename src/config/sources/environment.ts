/** Settings by environment: the prefix and the path in capitals, `listen.rtmp.port` as `STREAMPUMP_LISTEN_RTMP_PORT`. */
import { z } from 'zod';
import { namedSettings, pathText, type SettingPath, variantsOf } from '../setting-schema.ts';
import { enumeration, expectation } from './expectation.ts';
import { problemOf } from './faults.ts';
import { placeText, readJsonc } from './jsonc.ts';
import { didYouMean, type KnownName, nearestNames } from './near-names.ts';
import type { Overlay, OverlayFault, SettingLayer } from './overlay.ts';

/** Prefix of every variable that is ours. */
const variablePrefix = 'STREAMPUMP_';

const configPath = ['config'];

/** The variable that names the config file: no setting of it, and the command line wins over it. */
export const configVariable: string = variableName(configPath);

/** What `streampump ctl` reads; a relay that is started in the same shell has nothing to do with it. */
export const tokenFileVariable: string = variableName(['admin', 'tokenFile']);

/** The name of the variable for a setting: `fanOut.maxDelayMs` is `STREAMPUMP_FAN_OUT_MAX_DELAY_MS`. */
export function variableName(path: readonly string[]): string {
  return variablePrefix + path.map((name) => name.replace(/[A-Z]/g, '_$&').toUpperCase()).join('_');
}

/**
 * Reads every variable with our prefix, sections before what they hold. Numbers and strings stand as they are, lists of
 * strings are comma-separated or JSON, everything else is JSON; where a setting may be several of them, the one that fits.
 */
export function readEnvironment(schema: z.ZodType, env: NodeJS.ProcessEnv): SettingLayer {
  const known = new Map(namedSettings(schema).map((setting) => [variableName(setting.path), setting]));
  const paths = [...known.values()].map(({ path }) => path);
  const others = [configVariable, tokenFileVariable];
  const faults: OverlayFault[] = [];
  const report = (origin: string) => (problem: string) => {
    faults.push({ origin, kind: 'environment', problem });
  };
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith(variablePrefix) || known.has(variable) || others.includes(variable)) continue;
    if (!isServiceLink(variable, text)) report(variable)(nameProblem(variable, paths, env));
  }
  const settings: Overlay[] = [];
  for (const [origin, { path, schema: setting }] of known) {
    const text = env[origin];
    if (text === undefined) continue;
    const { value, problems } = readVariable(setting, text, path);
    problems.forEach(report(origin));
    if (value !== undefined) settings.push({ origin, kind: 'environment', path, value });
  }
  return { settings, faults };
}

/** The number in a text of digits; any other text as it is, for the schema to refuse. */
export function parseInteger(text: string): number | string {
  return /^-?\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : text;
}

/** What a variable says; a value may have problems that the schema cannot know of. */
interface Reading {
  readonly value?: unknown;
  readonly problems: readonly string[];
}

function readVariable(schema: z.ZodType, text: string, path: SettingPath): Reading {
  const variants = variantsOf(schema);
  if (text === 'null' && variants.some((variant) => variant instanceof z.ZodNull))
    return { value: null, problems: [] };
  const plain = variants.flatMap((variant) => readPlain(variant, text));
  const json = variants.some(isWrittenAsJson) ? [readJson(schema, text, path)] : [];
  const readings: readonly Reading[] = [...plain.map((value) => ({ value, problems: [] })), ...json];
  const fits = ({ value }: Reading): boolean => value !== undefined && schema.safeParse(value).success;
  return readings.find(fits) ?? (readings[0] as Reading);
}

/** What a text says to a variant that needs no JSON, right or wrong; nothing where the variant or the text does. */
function readPlain(variant: z.ZodType, text: string): readonly unknown[] {
  if (variant instanceof z.ZodNumber) return [parseInteger(text)];
  if (variant instanceof z.ZodBoolean) return [['true', 'false'].includes(text) ? text === 'true' : text];
  if (!isWrittenAsJson(variant)) return variant instanceof z.ZodNull ? [] : [text];
  if (!isListOfStrings(variant) || text === '' || isBracketed(text)) return [];
  return [text.split(',').map((element) => element.trim())];
}

function isWrittenAsJson(variant: z.ZodType): boolean {
  return [z.ZodObject, z.ZodDiscriminatedUnion, z.ZodArray].some((type) => variant instanceof type);
}

function isListOfStrings(variant: z.ZodType): boolean {
  return variant instanceof z.ZodArray && variant.element instanceof z.ZodString;
}

function isBracketed(text: string): boolean {
  return /^\s*[[{]/.test(text);
}

function readJson(schema: z.ZodType, text: string, path: SettingPath): Reading {
  const { value, faults } = readJsonc(text);
  if (value === undefined && !isBracketed(text)) {
    const commas = variantsOf(schema).some(isListOfStrings) ? ', separated by commas or' : '';
    return { problems: [problemOf(`expected ${expectation(schema)}${commas} in JSON`, text, path)] };
  }
  const problems = faults.map(({ place, path, problem }) =>
    [placeText(place), pathText(path), problem].filter((part) => part !== '').join(': '),
  );
  return { value, problems };
}

/** Kubernetes adds such variables to every container for each service, one called `streampump` among them. */
function isServiceLink(variable: string, text: string | undefined): boolean {
  return (
    /_SERVICE_(HOST|PORT)(_[A-Z0-9_]+)?$/.test(variable) ||
    /_PORT_\d+_(TCP|UDP|SCTP)_(PROTO|PORT|ADDR)$/.test(variable) ||
    (/_PORT(_\d+_(TCP|UDP|SCTP))?$/.test(variable) && /^(tcp|udp|sctp):\/\//.test(text ?? ''))
  );
}

/** What is wrong with a variable that no setting has. */
function nameProblem(variable: string, known: readonly KnownName[], env: NodeJS.ProcessEnv): string {
  const name = variable.slice(variablePrefix.length);
  const deepest = known.reduce((deep, path) => (path.length > deep.length ? path : deep), []);
  const anyName = `expected ${variablePrefix} and the path of a setting, such as ${variableName(deepest)}`;
  if (name === '') return `empty name, ${anyName}`;
  const meant = nearestNames(name, [configPath, ...known]).map(variableName);
  if (meant.length > 0 && meant.every((candidate) => env[candidate] === undefined))
    return `unknown setting${didYouMean(meant)}`;
  const section = known.findLast((path) => variable.startsWith(`${variableName(path)}_`));
  if (section === undefined) return `unknown setting, ${anyName}, or ${configVariable}`;
  const start = section.join('.');
  const inside = known.filter((path) => path.slice(0, -1).join('.') === start).map(variableName);
  return `unknown setting, expected ${enumeration(inside.length > 0 ? inside : [`all of it in ${variableName(section)}`], 'or')}`;
}
