import { expect, test } from 'vitest';
import { type AmfValue, amfObject } from '../../../src/protocol/amf/amf-value.ts';
import type { ConnectRequest } from '../../../src/protocol/rtmp/dialogue/server-dialogue.ts';
import { clientConnect, connectArgsText, connectWords } from '../../../src/session/rtmp/connect-words.ts';

function connectOf(request: Partial<ConnectRequest>): ConnectRequest {
  const nothing = { app: '', tcUrl: '', flashVer: '', objectEncoding: 0 } as const;
  return { ...nothing, commandObject: amfObject({}), extraArgs: [], ...request };
}

test('what a client has said with connect is kept without what may have credentials', () => {
  const commandObject = amfObject({
    ...{ app: 'live?key=secret', tcUrl: 'rtmp://a/live?key=secret', pageUrl: 'http://a/?key=secret' },
    ...{ flashVer: 'LNX 9,0,124,2', capsEx: 12 },
  });
  const extraArgs = [true, amfObject({ room: new Date(5) })];
  const kept = clientConnect(connectWords('live?key=secret', connectOf({ commandObject, extraArgs })));
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
    expect(connectWords('', connectOf({ commandObject: amfObject({ value }) })).commandObject).toBe('{}');
  expect(() => connectArgsText(connectOf({ extraArgs: ['x'.repeat(4096)] }))).toThrow(
    expect.objectContaining({ code: 'RTMP_COMMAND_INVALID' }),
  );
  expect(() => connectArgsText(connectOf({ extraArgs: cyclic }))).toThrow(
    expect.objectContaining({ code: 'AMF_VALUE_INVALID' }),
  );
});
