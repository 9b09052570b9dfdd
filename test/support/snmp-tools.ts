/** Managers that nobody here wrote, with the MIB of the relay. */
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './markdown.ts';
import { runTool } from './run-tool.ts';

/** Where the MIBs are that any other builds on, and that of the relay. */
export const mibFolders: readonly string[] = [
  join(root, 'node_modules', 'net-snmp', 'lib', 'mibs'),
  join(root, 'deploy', 'snmp'),
];

/** How a manager shows who it is. */
export const byCommunity: readonly string[] = ['-v2c', '-c', 'open-sesame'];
export const byUser: readonly string[] = [
  ...[
    '-v3',
    '-u',
    'ops',
    '-l',
    'authPriv',
    '-a',
    'SHA-256',
    '-A',
    'auth-secret',
    '-x',
    'AES',
    '-X',
    'priv-secret',
  ],
];

/** What Net-SNMP's tool prints for a part of the tree, by the names of its objects. */
export async function walk(
  tool: 'snmpwalk' | 'snmpbulkwalk',
  who: readonly string[],
  port: number,
  part = 'STREAMPUMP-MIB::streampump',
): Promise<ReadonlyMap<string, string>> {
  const format = ['-O', 'QU', '-M', mibFolders.join(':'), '-m', 'STREAMPUMP-MIB'];
  await using process = runTool(tool, [...who, ...format, `127.0.0.1:${port}`, part], { env: { MIBS: '' } });
  const lines = (await process.output).split('\n').map((line) => /^(?:[\w-]+::)?(\S+) = (.*)$/.exec(line));
  return new Map(lines.flatMap((line) => (line === null ? [] : [[line[1] ?? '', line[2] ?? '']])));
}

/** A folder with all MIBs, for tools that look for them by name. */
export async function copyMibs(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const from of mibFolders) await cp(from, folder, { recursive: true });
}
