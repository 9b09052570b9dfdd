import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './markdown.ts';

/** Tests of what is done in one thread, or by relays and houses that a file closes before its end. */
const folders = [
  'amf-gateway',
  'bench',
  'bytes',
  'commands',
  'config',
  'credentials',
  'deploy',
  'docs',
  'family',
  'inspect',
  'library',
  'load-tester',
  'metrics',
  'protocol',
  'recording',
  'rtmp-session',
  'service/access',
  'service/admin',
  'service/fleet-link',
  'service/hooks',
  'service/house',
  'service/listen',
  'service/relay',
  'service/serving',
  'session',
  'stream',
];

/** A test that says one of these measures or changes the process that it runs in, or has relays in others. */
const ofTheProcess = [
  /memoryUsage|cpuUsage|CpuUsage|held-memory|process\.(?:env\[|on\(|chdir|kill)/,
  /\bvi\.(?!waitFor)/,
  /relay-process|house-process/,
];

/** The test files that may run one after the other in the same process: each would spend most of its time on starting one. */
export function sharingFiles(): string[] {
  return folders
    .flatMap((folder) => globSync(`test/${folder}/**/*.test.ts`, { cwd: root }))
    .filter((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      return !ofTheProcess.some((sign) => sign.test(text));
    })
    .sort();
}
