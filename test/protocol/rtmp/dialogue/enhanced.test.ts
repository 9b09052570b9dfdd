import { expect, test } from 'vitest';
import { decodeAmf0, encodeAmf0 } from '../../../../src/protocol/amf/amf0.ts';
import { CapsEx, enhancedCapabilities } from '../../../../src/protocol/rtmp/dialogue/enhanced.ts';

test('every codec can be forwarded, by the newer maps and the older list', () => {
  const said = enhancedCapabilities(CapsEx.reconnect | CapsEx.multitrack | CapsEx.timestampNanoOffset);
  expect(decodeAmf0(encodeAmf0(said))).toEqual([
    { fourCcList: ['*'], videoFourCcInfoMap: { '*': 4 }, audioFourCcInfoMap: { '*': 4 }, capsEx: 0x0b },
  ]);
});
