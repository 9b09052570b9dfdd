import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { describeCtl } from '../../src/commands/ctl/ctl-command.ts';
import { codeBlocks, readPages, readText } from '../support/markdown.ts';
import { runTool } from '../support/run-tool.ts';

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const pages = readPages();
const { scripts, bin } = JSON.parse(readText('package.json')) as {
  scripts: Record<string, string>;
  bin: Record<string, string>;
};

async function helpOf(...command: string[]): Promise<string> {
  await using tool = runTool(process.execPath, [cli, ...command, '--help']);
  return await tool.output;
}

/** The help of `ctl` and of every command in it, by its name such as `ctl pull start`; made here, as there are so many. */
function helpsOfCtl(): ReadonlyMap<string, string> {
  const program = new Command('streampump').helpOption('-h, --help', 'print this help');
  const helps = new Map<string, string>();
  const read = (command: Command, name: string): void => {
    let help = '';
    const writeOut = (text: string): void => {
      help += text;
    };
    command.configureOutput({ writeOut, getOutHelpWidth: () => 80 }).outputHelp();
    helps.set(name, help);
    for (const inner of command.commands) read(inner, `${name} ${inner.name()}`);
  };
  const ctl = program.command('ctl');
  describeCtl(ctl);
  read(ctl, 'ctl');
  return helps;
}

/** The lines that a reader may type, continued ones in one piece. */
function shellLines(text: string): string[] {
  const blocks = codeBlocks(text).filter(({ info }) => info === 'sh');
  return blocks.flatMap(({ text: block }) =>
    block
      .replace(/\\\n\s*/g, '')
      .trimEnd()
      .split('\n'),
  );
}

/** What the docs print of a command's output. */
function consoleBlock(command: string): string | undefined {
  const start = `$ ${command}\n`;
  const blocks = pages.flatMap(({ text }) => codeBlocks(text));
  return blocks
    .find(({ info, text }) => info === 'console' && text.startsWith(start))
    ?.text.slice(start.length);
}

/** Words of a command line, quoted ones whole. */
function wordsOf(line: string): string[] {
  return line.match(/'[^']*'|"[^"]*"|[^\s'"]+/g) ?? [];
}

/** The options in a help text, and whether each takes a value. */
function optionsIn(help: string): ReadonlyMap<string, boolean> {
  const lines = help.matchAll(/^ {2}(?:(-\w), )?(--[\w-]+)( <\w+>)?/gm);
  return new Map(
    [...lines].flatMap(([, short, long = '', value]) =>
      [short ?? long, long].map((name): [string, boolean] => [name, value !== undefined]),
    ),
  );
}

const commands = [
  'relay',
  'house',
  'house hash-key',
  'house join',
  'load',
  'inspect',
  'sign',
  'hash-password',
  'hash-key',
  'recording-key',
];

test.for(commands)('the docs show the help of %s as it is', async (command) => {
  expect(consoleBlock(`streampump ${command} --help`)).toBe(await helpOf(...command.split(' ')));
});

test('the docs show the help of ctl and of each of its commands as it is', async () => {
  const helps = helpsOfCtl();
  expect(helps.get('ctl'), 'made here as by the command').toBe(await helpOf('ctl'));
  for (const [name, help] of helps) expect(consoleBlock(`streampump ${name} --help`), name).toBe(help);
});

test('the two commands of the README are those that package.json has and continuous integration runs', () => {
  const section = readText('README.md')
    .split(/^## /m)
    .find((text) => text.startsWith('Two commands'));
  expect(shellLines(section ?? '')).toEqual(['npm start', 'npm test']);
  expect(scripts['start']).toBe('exec node --disable-sigusr1 src/cli.ts relay');
  expect(scripts['prestart']).toContain('scripts/install.mjs');
  expect(scripts['test']).toContain('scripts/check.mjs');
  expect(scripts['pretest']).toContain('scripts/install.mjs --system');
  expect(readText('.ci/run')).toMatch(/^exec npm --silent test$/m);
  expect(bin).toEqual({ streampump: 'bin/streampump.cjs' });
});

test('npm start knows every option of the relay that npm could take for its own', async () => {
  const [, list = ''] = /relayOptions = \[([^\]]*)\]/.exec(readText('scripts/install.mjs')) ?? [];
  const options = [...optionsIn(await helpOf('relay')).keys()].filter((name) => name.startsWith('--'));
  const known = [...list.matchAll(/'([\w-]+)'/g)].map(([, name]) => `--${name}`);
  expect(known.sort()).toEqual(options.filter((name) => name !== '--help').sort());
});

test('every npm script that the docs name is there', () => {
  const named = pages.flatMap(({ text }) =>
    [...text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = '']) => name),
  );
  expect(named.length).toBeGreaterThan(0);
  for (const name of named) expect(Object.keys(scripts)).toContain(name);
});

test('examples use options that exist, with a value where one is needed', async () => {
  const helps = [...helpsOfCtl()];
  const common = optionsIn(helps[0]?.[1] ?? '');
  const options = new Map([
    ...(await Promise.all(
      commands.map(async (name) => [name, optionsIn(await helpOf(...name.split(' ')))] as const),
    )),
    ...helps.map(([name, help]) => [name, new Map([...common, ...optionsIn(help)])] as const),
  ]);
  let count = 0;
  for (const { path, text } of pages) {
    const inline = [...text.matchAll(/`((?:npx )?streampump [^`]+|npm start -- [^`]+)`/g)].map(
      ([, line = '']) => line,
    );
    for (const line of [...shellLines(text), ...inline]) {
      const ours =
        /^(?:npx |node_modules\/\.bin\/)?streampump (ctl(?: [a-z-]+(?: start| stop)?)?|house hash-key|house join|[\w-]+)(.*)$|^npm start --(.*)$/.exec(
          line,
        );
      if (ours === null) continue;
      const [, command = 'relay', typed, afterStart] = ours;
      const known = options.get(command);
      expect(known, `${line} in ${path}`).toBeDefined();
      const [ownWords = ''] = (typed ?? afterStart ?? '').split(' | '); // what it is piped into has its own options
      const words = wordsOf(ownWords);
      for (const [index, word] of words.entries()) {
        if (!word.startsWith('-')) continue;
        count++;
        expect([...(known?.keys() ?? [])], `${line} in ${path}`).toContain(word);
        const next = words[index + 1];
        if (known?.get(word)) expect(next?.startsWith('-'), `${line} in ${path}`).toBe(false);
      }
    }
  }
  expect(count).toBeGreaterThan(10);
});
