import { describe, expect, test } from 'vitest';
import { Random } from '../support/swarm/random.ts';
import { captures } from './engine/corpus.ts';
import { CurrentInput } from './engine/current-input.ts';
import { FuzzFault, type FuzzTarget } from './engine/fuzz-target.ts';
import { type Find, fuzzTarget } from './engine/fuzz-target-run.ts';
import { findFault } from './engine/judge.ts';
import { minimize } from './engine/minimize.ts';
import { MAX_INPUT_BYTES, mutate } from './engine/mutation.ts';
import { valueText } from './engine/value-text.ts';
import { runThread } from './engine/watched-thread.ts';
import { MemoryRelay } from './targets/memory-relay.ts';

const plain: FuzzTarget = {
  name: 'plain',
  seeds: [Buffer.from('a good input'), Buffer.from('another good one')],
  tokens: [Buffer.from('token')],
  share: 1,
  isCut: false,
  read: () => undefined,
};

const faultOf = (read: FuzzTarget['read'], isCut = false): Promise<FuzzFault | undefined> =>
  findFault({ ...plain, isCut, read }, Buffer.from('abcdef'), new Random(1));

describe('bad inputs', () => {
  const inputs = (seed: number): string[] =>
    Array.from({ length: 300 }, (_, i) => mutate(plain, new Random(seed, i)).toString('hex'));

  test('follow from the seed', () => {
    expect(inputs(1)).toEqual(inputs(1));
    expect(inputs(1)).not.toEqual(inputs(2));
    expect(new Set(inputs(1)).size).toBeGreaterThan(250);
  });

  test('stay as short as they may be', () => {
    const long = { seeds: [Buffer.alloc(MAX_INPUT_BYTES)], tokens: [Buffer.alloc(1000)] };
    for (let i = 0; i < 200; i++)
      expect(mutate(long, new Random(i)).length).toBeLessThanOrEqual(MAX_INPUT_BYTES);
  });
});

describe('a find is', () => {
  test('an error that nobody documents', async () => {
    const fault = await faultOf(() => {
      throw new TypeError('x is not a function');
    });
    expect(fault?.kind).toMatch(/^threw TypeError at test\/fuzz\/engine\.test\.ts:\d+$/);
  });

  test('another result of the same bytes', async () => {
    expect((await faultOf((pieces) => pieces.length, true))?.kind).toBe('cut');
    expect(await faultOf((pieces) => Buffer.concat(pieces), true)).toBeUndefined();
  });

  test('work without end in sight', async () => {
    let sum = 0;
    const read = (): void => {
      for (let i = 0; i < 20_000_000; i++) sum = (sum * 31 + i) | 0;
    };
    const fault = await findFault({ ...plain, read }, Buffer.from('abc'), new Random(1), 1);
    expect(fault?.kind).toBe('slow');
    expect(sum).not.toBe(0);
  });

  test('memory without bounds', async () => {
    const held: Buffer[] = []; // and so much that what is collected meanwhile does not hide it
    expect((await faultOf(() => held.push(Buffer.allocUnsafeSlow(2 ** 29))))?.kind).toBe('memory');
    expect(held.length).toBeGreaterThan(0);
  });

  test('what the target itself finds', async () => {
    const fault = await faultOf(() => {
      throw new FuzzFault('left', 'a session');
    });
    expect(fault).toMatchObject({ kind: 'left', message: 'a session' });
  });
});

test('a find is made as small as it can be', async () => {
  const input = Buffer.from(`${'x'.repeat(500)}A${'y'.repeat(300)}B${'z'.repeat(77)}`);
  const least = await minimize(input, async (less) => less.includes('A') && less.includes('B'));
  expect(least.toString()).toBe('AB');
});

test('a run tells each kind of fault once', async () => {
  const finds: Find[] = [];
  const read: FuzzTarget['read'] = ([input]) => {
    if (input?.includes('!')) throw new FuzzFault('mark', 'an exclamation mark');
  };
  const target = { ...plain, seeds: [Buffer.from('well! done!')], read };
  const onFind = (find: Find): unknown => finds.push(find);
  const run = await fuzzTarget(target, { seed: 1, cpuMs: 50, current: new CurrentInput(), onFind });
  expect(run.iterations).toBeGreaterThan(10);
  expect(finds).toMatchObject([{ target: 'plain', kind: 'mark', iteration: 0 }]);
  expect(Buffer.from(finds[0]?.input ?? []).toString()).toBe('!');
});

test('what looks the same has the same text, and a cycle has an end', () => {
  const cycle: Record<string, unknown> = { a: 1 };
  cycle['self'] = cycle;
  expect(valueText(cycle)).toBe('Object{"a":1,"self":again 0}');
  expect(valueText(Buffer.from('ab'))).toBe(valueText(Buffer.concat([Buffer.from('a'), Buffer.from('b')])));
  expect(valueText([0, -0, Number.NaN])).toBe('[0,-0,NaN]');
});

test('a thread that hangs is ended, with the input that did it', async () => {
  const input = Buffer.from('a bad input');
  const module = new URL('targets/self-test-targets.ts', import.meta.url).href;
  const end = await runThread({ does: 'read', seed: 1, target: 'hang', input }, { hangCpuMs: 500, module });
  expect(end).toMatchObject({ how: 'hang', input });
});

test('a relay in memory serves as one with ports does, and says what is left', async () => {
  const relay = await MemoryRelay.start();
  const [capture] = captures('to-server', 'rtmp-publish-ffmpeg');
  const publisher = relay.connect('rtmp');
  publisher.send(capture?.bytes ?? '');
  await relay.settle(6);
  const player = relay.connect('http');
  player.send('GET /live/a.flv HTTP/1.1\r\nHost: x\r\n\r\n');
  await relay.pass(300);
  expect(relay.log.find('publish')).toHaveLength(1);
  expect(player.received).toBeGreaterThan(1000);
  publisher.end();
  await relay.expectEmpty([publisher, player]);
  await relay.close();
});
