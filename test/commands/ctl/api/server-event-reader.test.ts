import { expect, test } from 'vitest';
import { ServerEventReader } from '../../../../src/commands/ctl/api/server-event-reader.ts';
import { everySplit } from '../../../support/every-split.ts';

const wire = Buffer.from(
  ': hello\n\nid: 7\nevent: stream\ndata: {"at":"日"}\n\nretry: 5\ndata: a\r\ndata:b\r\n\r\nid: 8\nevent: x\n\ndata: c',
);

test('reads events at every split: a comment is none, an id holds until the next one, and half an event is none yet', () => {
  for (const parts of everySplit(wire)) {
    const reader = new ServerEventReader();
    expect(parts.flatMap((part) => reader.push(part))).toEqual([
      { id: '7', type: 'stream', data: '{"at":"日"}' },
      { id: '7', type: 'message', data: 'a\nb' },
    ]);
    expect(reader.push(Buffer.from('\n\n'))).toEqual([{ id: '8', type: 'message', data: 'c' }]);
  }
});

test.for(['data: ', ''])('does not keep an event without end in lines that begin with "%s"', (begin) => {
  const reader = new ServerEventReader();
  const piece = Buffer.from(`${begin}${'x'.repeat(2 ** 20)}${begin === '' ? '' : '\n'}`);
  expect(() => {
    for (let count = 0; count < 10; count++) reader.push(piece);
  }).toThrow(RangeError);
});
