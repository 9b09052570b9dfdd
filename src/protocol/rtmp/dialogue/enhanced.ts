import { type AmfObject, amfObject } from '../../amf/amf-value.ts';

/** Bits of `capsEx` in connect and in its answer. @see Enhanced RTMP v2, "Enhancing NetConnection connect Command" */
export const CapsEx = { reconnect: 0x01, multitrack: 0x02, modEx: 0x04, timestampNanoOffset: 0x08 } as const;

/** What needs no doing of a relay: it passes the messages on as they are. */
export const PASSED_ON: number = CapsEx.multitrack | CapsEx.modEx | CapsEx.timestampNanoOffset;

/** What a FourCC info map says of a codec: this end passes it on and need not understand it. */
const CAN_FORWARD = 0x04;

/** What a relay says of itself in connect or in its answer: every codec passes, by the newer maps and the older list. */
export function enhancedCapabilities(capsEx: number): AmfObject {
  return amfObject({
    fourCcList: ['*'],
    videoFourCcInfoMap: amfObject({ '*': CAN_FORWARD }),
    audioFourCcInfoMap: amfObject({ '*': CAN_FORWARD }),
    capsEx,
  });
}
