import type { HttpSettings } from '../../config/http-settings.ts';
import { ForwardedPeers } from '../../session/http/forwarded-peers.ts';
import type { HttpSite } from '../../session/http/http-activity.ts';
import type { HttpOrigins } from '../../session/http/http-origins.ts';

/** What does not follow from the settings of HTTP. */
export interface PublicSiteParts extends Omit<HttpSite, 'forwarded' | 'redirectUnknownTo'> {
  readonly origins: HttpOrigins;
}

/** What the HTTP sessions of a service go by: its parts, and the settings as they are now. */
export class PublicSite implements HttpSite {
  readonly origins: HttpOrigins;
  readonly forwarded: ForwardedPeers;
  readonly formats: HttpSite['formats'];
  readonly dialogues: HttpSite['dialogues'];
  readonly pages: HttpSite['pages'];
  readonly upgrades: HttpSite['upgrades'];
  readonly deadlines: HttpSite['deadlines'];
  redirectUnknownTo: string | null;

  constructor(parts: PublicSiteParts, settings: HttpSettings) {
    this.origins = parts.origins;
    this.forwarded = new ForwardedPeers(settings);
    this.formats = parts.formats;
    this.dialogues = parts.dialogues;
    this.pages = parts.pages;
    this.upgrades = parts.upgrades;
    this.deadlines = parts.deadlines;
    this.redirectUnknownTo = settings.redirectUnknownTo;
  }

  /** Takes new settings over, for requests to come. */
  configure(settings: HttpSettings): void {
    this.origins.configure(settings);
    this.forwarded.configure(settings);
    this.redirectUnknownTo = settings.redirectUnknownTo;
  }
}
