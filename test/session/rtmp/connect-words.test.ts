import { expect, test } from 'vitest';
import { type AmfValue, amfObject } from '../../../src/protocol/amf/amf-value.ts';
import {
  clientConnect,
  commandObjectText,
  connectArgsText,
} from '../../../src/session/rtmp/connect-words.ts';

test('what a client has said with connect is kept without what may have credentials', () => {
  const commandObject = amfObject({
    ...{ app: 'live?key=secret', tcUrl: 'rtmp://a/live?key=secret', pageUrl: 'http://a/?key=secret' },
    ...{ flashVer: 'LNX 9,0,124,2', capsEx: 12 },
  });
  const kept = clientConnect(
    'live?key=secret',
    commandObjectText({ commandObject }),
    connectArgsText({ extraArgs: [true, amfObject({ room: new Date(5) })] }),
  );
  expect(kept).toEqual({
    app: 'live',
    commandObject: { flashVer: 'LNX 9,0,124,2', capsEx: 12 },
    extraArgs: [true, { room: new Date(5) }],
  });
});

test('more than honest clients say is not kept, and arguments that cannot be passed on end the connection', () => {
  const cyclic: AmfValue[] = [];
  cyclic.push(cyclic);
  for (const value of ['x'.repeat(4096), cyclic])
    expect(commandObjectText({ commandObject: amfObject({ value }) })).toBe('{}');
  expect(() => connectArgsText({ extraArgs: ['x'.repeat(4096)] })).toThrow(
    expect.objectContaining({ code: 'RTMP_COMMAND_INVALID' }),
  );
  expect(() => connectArgsText({ extraArgs: cyclic })).toThrow(
    expect.objectContaining({ code: 'AMF_VALUE_INVALID' }),
  );
});
