import { PassThrough } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { expect, test } from 'vitest';
import { line } from '../../../../src/commands/ctl/terminal/line.ts';
import { openOutput, safeJson } from '../../../../src/commands/ctl/terminal/output.ts';

/** A stream that says that it is a terminal of 40 columns. */
function terminal(hasColors: boolean): WriteStream {
  return Object.assign(new PassThrough(), { isTTY: true, columns: 40, hasColors: () => hasColors }) as never;
}

function written(stream: WriteStream): string {
  let text = '';
  const pipe = stream as unknown as PassThrough;
  for (let piece: unknown = pipe.read(); piece !== null; piece = pipe.read()) text += String(piece);
  return text;
}

const warning = line('a ', ['lagging \x1b[0m', 'warning']);

test('colours are for terminals that have them, and what a peer says never paints', () => {
  const colourful = terminal(true);
  openOutput(colourful).lines([warning]);
  expect(written(colourful)).toBe('a \x1b[33mlagging \\x1b[0m\x1b[39m\n');
  const plain = terminal(false); // as NO_COLOR has it
  openOutput(plain).lines([warning]);
  expect(written(plain)).toBe('a lagging \\x1b[0m\n');
  const pipe = new PassThrough() as unknown as WriteStream;
  expect(openOutput(pipe).width).toBe(Number.POSITIVE_INFINITY);
  openOutput(pipe).lines([warning]);
  expect(written(pipe)).toBe('a lagging \\x1b[0m\n');
});

test('progress stays on one line of a terminal until something else is written', () => {
  const stream = terminal(false);
  const output = openOutput(stream);
  output.progress(line('2 left'));
  output.progress(line('1 left'));
  output.lines([line('done')]);
  expect(written(stream)).toBe('\r2 left\x1b[K\r1 left\x1b[K\ndone\n');
});

test('JSON means the same when nothing in it can paint a terminal', () => {
  const value = { key: 'a\x1b[31m\u009b2J\u202e\u{e0001}\u2028日本', list: [1, null] };
  for (const isIndented of [false, true]) {
    const text = safeJson(value, isIndented);
    expect(text).not.toMatch(/[\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(JSON.parse(text)).toEqual(value);
  }
  expect(safeJson(value, false)).not.toContain('\n');
});

test('nobody reads any more: that is known, and no fault', () => {
  const stream = new PassThrough() as unknown as WriteStream;
  const { closed } = openOutput(stream);
  stream.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  expect(closed.aborted).toBe(true);
});
