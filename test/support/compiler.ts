import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './markdown.ts';
import { temporaryFolder } from './packages.ts';
import { runTool } from './run-tool.ts';

/** A value, and the type that it should have, as an expression such as `import('package').Type`. */
export interface TypedValue {
  readonly type: string;
  readonly value: unknown;
}

/** Strings may stand for the members of an enum that have them as values, as they do in JSON. */
const json = `type Json<T> = T extends string ? \`\${T}\`
  : T extends object ? { [K in keyof T]: Json<T[K]> } : T;
`;

/** What the compiler says of values that do not have their type, or have fields beyond it; empty where all is well. */
export async function typeFaults(values: readonly TypedValue[]): Promise<string> {
  await using folder = await temporaryFolder();
  await symlink(join(root, 'node_modules'), join(folder.path, 'node_modules'));
  const lines = values.map(
    ({ type, value }, index) => `export const value${index}: Json<${type}> = ${JSON.stringify(value)};\n`,
  );
  await writeFile(join(folder.path, 'values.ts'), json + lines.join(''));
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--types', ''];
  await using tsc = runTool('tsc', [...options, 'values.ts'], { cwd: folder.path });
  await tsc.exited;
  return tsc.stdoutBuffer.toString() + tsc.stderr;
}
