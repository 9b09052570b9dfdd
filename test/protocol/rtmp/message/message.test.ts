import { expect, test } from 'vitest';
import { isMediaType, MessageType } from '../../../../src/protocol/rtmp/message/message.ts';

test('audio, video and data are parts of a stream, nothing else is', () => {
  const { audio, video, dataAmf0, dataAmf3 } = MessageType;
  const media: number[] = [audio, video, dataAmf0, dataAmf3];
  for (let type = 0; type < 256; type++) expect(isMediaType(type)).toBe(media.includes(type));
});
