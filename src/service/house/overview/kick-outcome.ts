/** What has become of a kick. */
export interface KickOutcome {
  /** Sessions that have ended. */
  readonly ended: number;
  /** Relays that could not be told: when they are back they hear of the bans, not of the kick. */
  readonly unreached: readonly { readonly relay: string; readonly problem: string }[];
}
