import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { AsfIntake } from '../../../src/family/asf/asf-intake.ts';
import { unmetered } from '../../../src/protocol/work-meter.ts';
import { bbbAsfPath } from '../../support/media.ts';

test('reads a file that ffmpeg has written', () => {
  const intake = new AsfIntake(unmetered);
  intake.push(readFileSync(bbbAsfPath));
  const [header, ...packets] = [...intake.frames()];
  intake.end();
  expect(header).toMatchObject({ role: 'header', kind: 'mixed' });
  const keyframes = packets.flatMap((frame, i) => (frame.role === 'coded' && frame.isKeyframe ? i : []));
  expect(keyframes).toEqual([0, 26, 50]);
  expect(new Set(packets.map(({ kind }) => kind))).toEqual(new Set(['mixed', 'video']));
  expect(packets.at(-1)?.timestamp).toBeGreaterThan(5900);
  expect(intake.summary).toBe('75 packets');
  expect(intake.partialBytes).toBe(0);
});

test('minds what is no ASF, and what ends too early', () => {
  const intake = new AsfIntake(unmetered);
  intake.push(Buffer.alloc(100, 'GIF89a'));
  expect(() => [...intake.frames()]).toThrow('no Header Object');
  const cut = new AsfIntake(unmetered);
  cut.push(readFileSync(bbbAsfPath).subarray(0, 1600));
  expect([...cut.frames()]).toHaveLength(1);
  expect(cut.partialBytes).toBe(35);
  expect(() => cut.end()).toThrow('the file ends inside an ASF data packet');
});
