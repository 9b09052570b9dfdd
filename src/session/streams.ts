import type { RecordWish } from '../config/recordings/recording-settings.ts';
import type { Player, PlayOptions } from '../stream/player.ts';
import type { Source } from '../stream/source.ts';
import type { StreamDescription } from '../stream/stream-description.ts';
import type { Play, Publication } from '../stream/stream-registry.ts';
import type { Grant, Refusal } from './access.ts';
import type { PublisherLimits } from './published/publisher-watch.ts';

/** What is known of a stream that is live, its headers too; nothing more of one that another thread keeps. */
export type StreamLook = Partial<Pick<StreamDescription, 'family' | 'kinds' | 'prefaces'>>;

/** What a player wants of a stream that it may have. */
export interface PlayWish extends Pick<PlayOptions, 'form' | 'resume'> {
  /** Whoever plays, normalized: how often those of one address go on where they left off is limited. */
  readonly address: string;
}

/** The streams of the relay, for whom access has let in. */
export interface Streams {
  /** The id of this relay, as it stands in paths. */
  readonly relayId: string;
  /** Puts a player on a stream, be it there or not; the player is told nothing before this returns. */
  play(grant: Grant, player: Player, wish: PlayWish): Play;
  /**
   * Reserves a stream for a source, wherever it is kept; resolves once its media may come.
   * @param signal - the peer has left: the stream is let go again
   */
  publish(grant: Grant, source: Source, signal: AbortSignal): Promise<Publication | Refusal>;
  /** How a stream may be that a publisher brings; undefined where nothing is limited. */
  publisherLimits(key: string): PublisherLimits | undefined;
  /** What the settings say of recording a stream; undefined where nothing is recorded. */
  recordWish?(key: string): RecordWish | undefined;
  /** What there is to play now, undefined if there is nothing; nothing is fetched for whoever looks. */
  look(grant: Grant): Promise<StreamLook | undefined>;
}
