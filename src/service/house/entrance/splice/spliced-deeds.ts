import type { RtmpDeeds } from '../../../../session/rtmp/rtmp-activity.ts';
import type { LineParts } from './relay-line.ts';
import { SplicedPlay } from './spliced-play.ts';
import { SplicedPublication } from './spliced-publication.ts';

/** What playing and publishing over RTMP is at a house: it is done at the relay that is chosen for it. */
export function splicedDeeds(parts: LineParts): RtmpDeeds {
  return {
    play: (others, messageStreamId, name) => new SplicedPlay(others, messageStreamId, name, parts),
    publish: (others, messageStreamId, name) => new SplicedPublication(others, messageStreamId, name, parts),
  };
}
