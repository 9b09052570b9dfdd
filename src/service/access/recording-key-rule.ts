import type { Refusal } from '../../session/access.ts';
import { isRecordingKey } from '../../stream/stream-key.ts';
import { noOpinion, type SettingsRule } from './rule.ts';

const notLive: Refusal = {
  refused: 'key',
  description:
    'what begins with recordings/ is recorded: it is played over RTMP, or by GET over HTTP, and is nothing else',
};

const noRecording: Refusal = { refused: 'not-found', description: 'there is no recording of this name' };

/** Keys of recordings are for playing those, and for nothing else; nothing else is played as a recording. */
export const recordingKeyRule: SettingsRule = {
  name: 'recordings',
  judge({ verb, key }) {
    if (verb === 'connect' || verb === 'operate') return noOpinion;
    if (verb === 'playback') return isRecordingKey(key) ? noOpinion : noRecording;
    return isRecordingKey(key) ? notLive : noOpinion;
  },
};
