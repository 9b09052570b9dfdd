import { decodeAudioTagHeader } from '../../protocol/flv/audio-tag-header.ts';
import { decodeVideoTagHeader } from '../../protocol/flv/video-tag-header.ts';
import type { MediaFamily } from '../../stream/media-family.ts';

/** What RTMP carries and FLV files hold. The tag of a frame is the type of its message, a {@link FlvMessageType}. */
export const flvFamily: MediaFamily = {
  name: 'FLV',
  codecsOf: ({ tag, payload }) => {
    if (tag !== FlvMessageType.audio && tag !== FlvMessageType.video) return [];
    const { tracks } =
      tag === FlvMessageType.audio ? decodeAudioTagHeader(payload) : decodeVideoTagHeader(payload);
    return tracks.map(({ trackId, fourCc }) => ({ track: trackId, codec: fourCc }));
  },
  addressesOf: (key) => [`rtmp://HOST/${key}`, `http://HOST:PORT/${key}.flv`],
};

/** The RTMP message types that a stream is made of; but for data of type 15 they are the tag types of FLV as well. */
export const FlvMessageType = { audio: 8, video: 9, dataAmf3: 15, dataAmf0: 18 } as const;

/** One of the RTMP message types that a stream is made of. */
export type FlvMessageType = (typeof FlvMessageType)[keyof typeof FlvMessageType];
