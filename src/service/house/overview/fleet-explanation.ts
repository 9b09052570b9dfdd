import type { ChoiceExplanation, NamedWay, NoChoice, Seeking } from '../choosing/choice.ts';

/** Which relay somebody would be sent to, and why. */
export interface FleetExplanation
  extends Pick<Seeking, 'stream' | 'address' | 'verb'>,
    Pick<ChoiceExplanation, 'relays'> {
  readonly protocol: NamedWay;
  /** These three are null where there is none. */
  readonly relay: string | null;
  readonly url: string | null;
  readonly by: 'priority' | 'sticky' | 'live' | 'default' | null;
  /** Null where there is one. */
  readonly refused: NoChoice | null;
  /** One sentence. */
  readonly verdict: string;
  /** Why whoever shows nothing may not, by the house's rules; null where he may. */
  readonly access: string | null;
}
