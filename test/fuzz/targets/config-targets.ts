import { readFileSync } from 'node:fs';
import { HostList } from '../../../src/config/host-list.ts';
import { houseSettings } from '../../../src/config/house/house-settings.ts';
import { readRedisUrl, redisUrlProblem } from '../../../src/config/house/redis-url.ts';
import { KeyPattern } from '../../../src/config/key-pattern.ts';
import {
  addressGroup,
  groupsOf,
  isHost,
  NetworkList,
  networkBits,
  networkProblem,
  normalizeAddress,
  readNetwork,
} from '../../../src/config/networks.ts';
import { relaySettings } from '../../../src/config/relay-settings.ts';
import { parseInteger } from '../../../src/config/sources/environment.ts';
import { faultsOf } from '../../../src/config/sources/faults.ts';
import { readJsonc } from '../../../src/config/sources/jsonc.ts';
import { LayeredConfig } from '../../../src/config/sources/layered-config.ts';
import { innerAddress, specialKind } from '../../../src/config/special-addresses.ts';
import { FuzzFault } from '../engine/fuzz-target.ts';
import { jsonTokens } from './seed-material.ts';
import { type TargetPlan, textTarget } from './target-plan.ts';

const root = new URL('../../../', import.meta.url);
/** What a config may have besides. */
const jsoncTokens = [...jsonTokens, ':', '//', '/*', '*/', '\\u', '\\', 'true', '-', '\ufeff', '{"a":'];

const example = (name: string): string => readFileSync(new URL(name, root), 'utf8');

export const configTargets: Readonly<Record<string, TargetPlan>> = {
  jsonc: textTarget(
    {
      seeds: () => [
        example('relay.config.json.example').slice(0, 3000),
        '{"a":[1,{"b":"c"},],// x\n"a":2}',
        '[/* */]',
      ],
      tokens: jsoncTokens,
    },
    (text) => {
      const read = readJsonc(text);
      if (read.value === undefined && read.faults.length === 0)
        throw new FuzzFault('jsonc', 'neither a value nor a fault');
      return [read, readJsonc(text, true), read.placeOf(['a', 0, 'b'])];
    },
    [],
  ),
  'relay-config': textTarget(
    {
      seeds: () => [
        example('relay.config.json.example'),
        '{"streams":[{"match":"live/**","source":{"type":"pull","urls":["rtmp://h/{key}"]}}]}',
      ],
      tokens: jsoncTokens,
    },
    (text) => readAs(relaySettings, text),
    [],
  ),
  'house-config': textTarget(
    { seeds: () => [example('house.config.json.example')], tokens: jsoncTokens },
    (text) => readAs(houseSettings, text),
    [],
  ),
  network: textTarget(
    {
      seeds: () => ['10.0.0.0/8', 'fc00::/7', '::ffff:10.1.2.3/104', '2001:db8::1%eth0', '::/0', '1.2.3.4'],
      tokens: ['::', ':', '.', '/', '%', 'ffff', '0', '/128', '/33', '::ffff:', '64:ff9b::', '2002:'],
    },
    (text) => {
      const problem = networkProblem(text);
      const contains = problem === undefined && new NetworkList([text]).contains(text.split('/', 1)[0] ?? '');
      if (problem === undefined && !contains)
        throw new FuzzFault('network', `${text} does not contain its first address`);
      const normal = normalizeAddress(text);
      if (normalizeAddress(normal) !== normal)
        throw new FuzzFault('network', `${text}: ${normal} is not normal`);
      return [
        problem,
        normal,
        networkBits(text),
        readNetwork(text),
        groupsOf(text),
        addressGroup(text),
        isHost(text),
        specialKind(text),
        innerAddress(text),
      ];
    },
    [],
  ),
  'key-pattern': textTarget(
    {
      seeds: () => [
        'live/**\nlive/a/b',
        '**/cam*\na/b/cam1',
        '*a*b*c*/**/x\naabbcc/x',
        '**/**/**/**/a\na/a/a/a/a/a/b',
      ],
      tokens: ['*', '**', '/', '\n', '**/', '*a', 'aaaaaaaa', '/a/a/a/a'],
    },
    (text) => {
      const [written = '', ...key] = text.split('\n');
      const problem = KeyPattern.problem(written);
      if (problem !== undefined) return problem;
      const pattern = new KeyPattern(written);
      if (pattern.isExact && !pattern.matches(written))
        throw new FuzzFault('pattern', `${written} does not match itself`);
      return [pattern.matches(key.join('')), pattern.matchesBelow(key.join(''))];
    },
    [],
  ),
  'host-list': textTarget(
    {
      seeds: () => ['example.org', '*.example.org:80', '10.0.0.1:9000', '[fc00::1]:1', '10.0.0.0/8'],
      tokens: ['*.', ':', '[', ']', '/', '::', ':99999', '%'],
    },
    (text) => {
      const list = new HostList(['example.org', '*.example.net:80', '10.0.0.0/8', 'fc00::/7']);
      return [
        list.hasName(text, 80),
        list.hasAddress(text, 80),
        list.objectionTo(text, { host: text, port: 80 }),
      ];
    },
    [],
  ),
  'redis-url': textTarget(
    {
      seeds: () => ['redis://user:pass@host:6379/1', 'rediss://[::1]/0', 'redis://h'],
      tokens: [':', '@', '/', '%', '[', 'redis://'],
    },
    (text) => [redisUrlProblem(text), readRedisUrl(text), parseInteger(text)],
    [],
  ),
};

/** A config as it is read of a file, with what is said of its faults. */
function readAs(schema: typeof relaySettings | typeof houseSettings, text: string): unknown {
  const file = readJsonc(text);
  const config = new LayeredConfig({ ...file, name: 'fuzz.json' });
  const read = schema.safeParse(config.value);
  if (!read.success) for (const fault of faultsOf(read.error, schema, config.value)) config.report(fault);
  const { faults } = config;
  if (!read.success && faults.length === 0) throw new FuzzFault('config', 'it is wrong, and nobody says why');
  return faults.length;
}
