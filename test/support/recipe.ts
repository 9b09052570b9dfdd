import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeBlocks, readText, root } from './markdown.ts';
import { temporaryFolder } from './packages.ts';
import { type RelayProcess, startRelayProcess } from './relay-process.ts';
import { type RunningTool, runTool } from './run-tool.ts';

const free = { host: '127.0.0.1', port: 0 };

/** A section of a page that says how something is done, done in a folder of its own. */
export class Recipe implements AsyncDisposable {
  readonly folder: string;
  readonly #blocks: readonly { readonly info: string; readonly text: string }[];
  readonly #stack: AsyncDisposableStack;

  private constructor(
    folder: string,
    blocks: readonly { readonly info: string; readonly text: string }[],
    stack: AsyncDisposableStack,
  ) {
    this.folder = folder;
    this.#blocks = blocks;
    this.#stack = stack;
  }

  /**
   * @param page - of the documentation, such as `docs/access.md`
   * @param changes - what stands in its blocks for what is nobody's in a test, and what is taken instead
   */
  static async open(
    page: string,
    heading: string,
    changes: Readonly<Record<string, string>> = {},
  ): Promise<Recipe> {
    await using stack = new AsyncDisposableStack();
    const { path } = stack.use(await temporaryFolder());
    const command = join(path, 'bin', 'streampump');
    await mkdir(join(path, 'bin'));
    await writeFile(command, `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'src/cli.ts')}' "$@"\n`);
    await chmod(command, 0o755);
    const [, section] = readText(page).split(new RegExp(`\\n###? ${heading}\\n`), 2);
    if (section === undefined) throw new Error(`${page} has no section ${heading}`);
    const text = Object.entries(changes).reduce((changed, [from, to]) => {
      if (!changed.includes(from)) throw new Error(`${page}, ${heading}: there is no ${from}`);
      return changed.replaceAll(from, to);
    }, section.split(/\n##/, 1)[0] ?? '');
    return new Recipe(path, codeBlocks(text), stack.move());
  }

  /** The blocks of a kind, such as `text`. */
  blocks(info: string): string[] {
    return this.#blocks.filter((block) => block.info === info).map(({ text }) => text);
  }

  /** Writes a file into its folder. */
  write(name: string, text: string): Promise<void> {
    return writeFile(join(this.folder, name), text);
  }

  /** Starts a relay with the config of the recipe. */
  async startRelay(): Promise<RelayProcess> {
    const [config = '{}'] = this.blocks('json');
    const configFile = join(this.folder, 'relay.config.json');
    await writeFile(configFile, config);
    const { admin } = JSON.parse(config).listen ?? {};
    const listen = { rtmp: free, http: free, admin: { ...this.#absolute(admin ?? {}), ...free } };
    return this.#stack.use(await startRelayProcess({ configFile, config: { listen } }));
  }

  /** Settings of files as they can be given in the environment, which knows nothing of a folder. */
  #absolute(settings: Readonly<Record<string, string>>): Record<string, string> {
    const entries = Object.entries(settings);
    return Object.fromEntries(
      entries.map(([name, value]) => [name, name.endsWith('File') ? join(this.folder, value) : value]),
    );
  }

  /** Runs commands of the recipe. @returns what they print */
  async run(commands: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
    await using shell = this.start(commands, env);
    return await shell.output;
  }

  /** Starts commands of the recipe. */
  start(commands: string, env: Readonly<Record<string, string>> = {}): RunningTool {
    const path = `${join(this.folder, 'bin')}:${process.env['PATH'] ?? ''}`;
    return runTool('sh', ['-e', '-c', commands], { cwd: this.folder, env: { ...env, PATH: path } });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

/** A command or URL of a recipe as it is for this relay. */
export function at({ rtmpPort, httpPort }: RelayProcess, text: string): string {
  return text
    .replaceAll('rtmp://HOST/', `rtmp://127.0.0.1:${rtmpPort}/`)
    .replaceAll('http://HOST:8080/', `http://127.0.0.1:${httpPort}/`)
    .trim();
}
