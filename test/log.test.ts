import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { openLog, pinoLog, printable, tellLeftOut } from '../src/log.ts';
import { LogOutput } from '../src/log-output.ts';
import { LogShares } from '../src/log-shares.ts';
import { FakeClock } from './support/fake-clock.ts';

function capture(level: 'debug' | 'info' = 'info'): { log: ReturnType<typeof pinoLog>; lines: string[] } {
  const lines: string[] = [];
  return { log: pinoLog(level, 'ottawa', { write: (line: string) => lines.push(line) }), lines };
}

test.each([
  { what: 'CR and LF', text: 'a\r\nb', escaped: 'a\\x0d\\x0ab' },
  { what: 'an escape sequence', text: '\u001b[2J', escaped: '\\x1b[2J' },
  { what: 'C1 controls and DEL', text: '\u007f\u009b', escaped: '\\x7f\\x9b' },
  { what: 'NUL', text: 'a\0', escaped: 'a\\x00' },
  { what: 'bidirectional overrides', text: '\u202egnp', escaped: '\\u{202e}gnp' },
  { what: 'line and paragraph separators', text: '\u2028\u2029', escaped: '\\u{2028}\\u{2029}' },
  { what: 'zero-width characters', text: 'a\u200bb\ufeff', escaped: 'a\\u{200b}b\\u{feff}' },
  { what: 'half of a pair', text: '\ud800', escaped: '\\u{d800}' },
  { what: 'tags beyond the BMP', text: '\u{e0041}', escaped: '\\u{e0041}' },
])('$what are shown, not obeyed', ({ text, escaped }) => {
  expect(printable(text)).toBe(escaped);
});

test('letters of all languages, quotes and emoji stay as they are', () => {
  const text = 'Grüße "quoted" \\ 東京 🎥';
  expect(printable(text)).toBe(text);
});

test('a text of a megabyte is cut, also in the middle of a character', () => {
  expect(printable('x'.repeat(2 ** 20))).toBe(`${'x'.repeat(997)}...`);
  expect(printable('x'.repeat(1000))).toBe('x'.repeat(1000));
  expect(printable(`${'x'.repeat(996)}🎥🎥🎥`)).toBe(`${'x'.repeat(996)}...`);
});

test('a text is cut after it is escaped, never within an escape; what was cut is not cut again', () => {
  const shown = printable('\u202e'.repeat(1000), 200);
  expect(shown).toBe(`${'\\u{202e}'.repeat(24)}...`);
  expect(printable(shown, 200)).toBe(shown);
  expect(printable(`${'x'.repeat(199)}\0`, 200)).toBe(`${'x'.repeat(197)}...`);
});

test('lines that peers cause are short, the errors of the relay among them are not', () => {
  const { log, lines } = capture();
  const peer = log.of('peer', '10.0.0.1', { connection: 'c1' });
  peer.info('play', 'p'.repeat(5000), { stream: 's'.repeat(5000) });
  peer.error('bug', 'b'.repeat(5000));
  const [play, bug] = lines.map((line) => JSON.parse(line) as Record<string, string>);
  expect(play).toMatchObject({ msg: `${'p'.repeat(197)}...`, stream: `${'s'.repeat(197)}...` });
  expect(bug).toMatchObject({ connection: 'c1', msg: `${'b'.repeat(997)}...` });
});

test('the log says what was left out of it, and faults of the relay have room beside floods of peers', async () => {
  const lines: Record<string, unknown>[] = [];
  const clock = new FakeClock();
  const shares = new LogShares({ linesPerSecond: 10, linesPerSecondPerAddress: 1 }, clock);
  const log = pinoLog('info', 'ottawa', { write: (line) => lines.push(JSON.parse(line)) }, shares);
  shares.onLeftOut = (leftOut) => tellLeftOut(log, leftOut);
  const peer = log.of('peer', '10.0.0.1').with({ connection: 'c1' });
  for (let i = 0; i < 100; i++) {
    peer.debug('socket-error', 'below the level');
    peer.info('play', 'plays', { stream: 'live/a' });
  }
  for (let i = 0; i < 100; i++) peer.error('bug', 'oh');
  log.error('certificate', 'cannot be read');
  for (let i = 0; i < 100; i++) log.info('signal', 'here', { signal: 'SIGTERM' });
  const written = lines.splice(0).map(({ event }) => event);
  const count = (event: string): number => written.filter((one) => one === event).length;
  expect([count('play'), count('bug'), count('certificate'), count('signal')]).toEqual([5, 5, 1, 100]);
  clock.advance(2000);
  expect(lines.map(({ level, event, msg, lines: many }) => [level, event, msg, many])).toEqual([
    [
      'warn',
      'log-limited',
      'left out 95 lines about peers, 95 of them about 10.0.0.1: there were too many',
      95,
    ],
    [
      'error',
      'log-limited',
      'left out 95 lines about errors inside the relay, 95 of them about bug: there were too many',
      95,
    ],
  ]);
});

test('one call is one line of JSON, whatever a peer put into names', () => {
  const { log, lines } = capture();
  const evil = 'cam"}\n{"level":60,"event":"owned"}\u001b[31m';
  log
    .with({ connection: 'c1', client: evil })
    .warn('unpublish', `no ${evil}`, { stream: evil, bytes: 3, seconds: null, reason: undefined });
  expect(lines).toHaveLength(1);
  expect(lines[0]?.trimEnd()).not.toMatch(/\p{Cc}/u);
  const escaped = 'cam"}\\x0a{"level":60,"event":"owned"}\\x1b[31m';
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'warn',
    relay: 'ottawa',
    event: 'unpublish',
    connection: 'c1',
    client: escaped,
    stream: escaped,
    bytes: 3,
    seconds: null,
    msg: `no ${escaped}`,
  });
});

test('fields of a connection are on every line about it, and on no other', () => {
  const { log, lines } = capture();
  const one = log.with({ connection: 'c1' }).with({ peer: '127.0.0.1:5' });
  const two = log.with({ connection: 'c2' });
  one.info('publish', 'publishes live/a', { stream: 'live/a' });
  two.info('play', 'plays live/a', { stream: 'live/a' });
  one.error('bug', 'oh');
  log.info('signal', 'SIGTERM', { signal: 'SIGTERM' });
  const seen = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(seen.map(({ event, connection, peer }) => [event, connection, peer])).toEqual([
    ['publish', 'c1', '127.0.0.1:5'],
    ['play', 'c2', undefined],
    ['bug', 'c1', '127.0.0.1:5'],
    ['signal', undefined, undefined],
  ]);
});

test('what is below the level is not written', () => {
  const { log, lines } = capture();
  log.debug('socket-error', 'x');
  expect(lines).toEqual([]);
  const verbose = capture('debug');
  verbose.log.debug('socket-error', 'x');
  expect(verbose.lines).toHaveLength(1);
});

test('for people a line says who, what and when, and what else there is to know behind it', async () => {
  const lines: string[] = [];
  const sink = {
    write(line: Buffer, done: () => void) {
      lines.push(stripVTControlCharacters(line.toString()));
      done();
    },
  };
  const options = {
    level: 'info',
    format: 'pretty',
    linesPerSecond: 100,
    linesPerSecondPerAddress: 5,
  } as const;
  const log = await openLog(options, 'ottawa', new LogOutput(sink));
  const peer = { connection: 'c1', peer: '192.0.2.1:50000', protocol: 'rtmp', client: 'OBS\n30' };
  log.of('peer', '192.0.2.1', peer).info('publish', 'publishes live/a', { stream: 'live/a' });
  log
    .with({ connection: 'c2', client: null })
    .warn('deadline', 'timed out: no handshake', { missed: 'handshake' });
  log.info('listening', 'listening rtmp [::]:1935', { listener: 'rtmp', host: '::', port: 1935 });
  const time = /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\] /;
  for (const line of lines) expect(line).toMatch(time);
  expect(lines.map((line) => line.replace(time, ''))).toEqual([
    'INFO: 192.0.2.1:50000 publishes live/a (connection c1, protocol rtmp, client OBS\\x0a30)\n',
    'WARN: timed out: no handshake (connection c2)\n',
    'INFO: listening rtmp [::]:1935\n',
  ]);
});

test('another level and other rates hold from now on, for all logs of the same place', () => {
  const lines: string[] = [];
  const shares = new LogShares({ linesPerSecond: 1, linesPerSecondPerAddress: 1 }, new FakeClock());
  const write = (line: string): void => void lines.push(JSON.parse(line).msg as string);
  const log = pinoLog('info', 'ottawa', { write }, shares);
  const peer = log.of('peer', '10.0.0.1').with({ connection: 'c1' });
  peer.debug('play', 'one');
  log.configure({ level: 'debug', linesPerSecond: 10, linesPerSecondPerAddress: 2 });
  for (let i = 0; i < 20; i++) peer.debug('play', 'two');
  expect(lines).toEqual(Array(10).fill('two'));
  peer.configure({ level: 'silent', linesPerSecond: 10, linesPerSecondPerAddress: 2 });
  log.error('bug', 'three');
  expect(lines).toHaveLength(10);
  log.configure({ level: 'error', linesPerSecond: 10, linesPerSecondPerAddress: 2 });
  log.warn('play', 'four');
  log.error('bug', 'five');
  expect(lines.slice(10)).toEqual(['five']);
});

test('the latest warnings and errors are kept as they were written, whoever has caused them', () => {
  const { log } = capture();
  log
    .of('peer', '10.0.0.1', { connection: 'c1' })
    .warn('refused', 'was refused\n', { stream: 'a', reason: 'access' });
  log.info('listening', 'nothing to warn of', { listener: 'rtmp', host: '::', port: 1935 });
  log.error('bug', 'broken');
  const fields = { connection: 'c1', stream: 'a', reason: 'access' };
  expect(log.warnings.all.map(({ line }) => line)).toEqual([
    { kind: 'warn', event: 'refused', text: 'was refused\\x0a', fields },
    { kind: 'error', event: 'bug', text: 'broken', fields: {} },
  ]);
  for (let i = 0; i < 300; i++) log.warn('hook', `warning ${i}`);
  expect(log.warnings.all.map(({ line }) => line.text)).toEqual(
    Array.from({ length: 200 }, (_, i) => `warning ${i + 100}`),
  );
});

test('what is not written is not kept', () => {
  const shares = new LogShares({ linesPerSecond: 10, linesPerSecondPerAddress: 1 }, new FakeClock());
  const log = pinoLog('error', 'ottawa', { write: () => {} }, shares);
  log.warn('hook', 'not at this level');
  expect(log.warnings.all).toEqual([]);
});
