import type { HttpSettings } from '../../config/http-settings.ts';
import { ForwardedPeers } from '../../session/http/forwarded-peers.ts';
import type { HttpSite } from '../../session/http/http-activity.ts';
import type { HttpOrigins } from '../../session/http/http-origins.ts';
import { type TunnelRoute, type TunnelRouteParts, tunnelRoute } from './tunnel-route.ts';

/** What does not follow from the settings of HTTP. */
export interface PublicSiteParts extends Omit<HttpSite, 'forwarded' | 'redirectUnknownTo' | 'tunnels'> {
  readonly origins: HttpOrigins;
  /** What carries RTMP over HTTP, where that is wanted. */
  readonly tunnels: Omit<TunnelRouteParts, 'isSameAddressOnly'>;
}

/** What the HTTP sessions of a service go by: its parts, and the settings as they are now. */
export class PublicSite implements HttpSite {
  readonly origins: HttpOrigins;
  readonly forwarded: ForwardedPeers;
  readonly formats: HttpSite['formats'];
  readonly dialogues: HttpSite['dialogues'];
  readonly pages: HttpSite['pages'];
  readonly upgrades: HttpSite['upgrades'];
  readonly gateway: HttpSite['gateway'];
  readonly recordings: HttpSite['recordings'];
  readonly calls: HttpSite['calls'];
  readonly deadlines: HttpSite['deadlines'];
  redirectUnknownTo: string | null;
  #settings: HttpSettings;
  /** Answers the requests of RTMPT, where that is on. */
  readonly tunnelRoute: TunnelRoute;

  constructor(parts: PublicSiteParts, settings: HttpSettings) {
    this.origins = parts.origins;
    this.forwarded = new ForwardedPeers(settings);
    this.formats = parts.formats;
    this.dialogues = parts.dialogues;
    this.pages = parts.pages;
    this.upgrades = parts.upgrades;
    this.gateway = parts.gateway;
    this.recordings = parts.recordings;
    this.calls = parts.calls;
    this.deadlines = parts.deadlines;
    this.redirectUnknownTo = settings.redirectUnknownTo;
    this.#settings = settings;
    this.tunnelRoute = tunnelRoute({
      ...parts.tunnels,
      isSameAddressOnly: () => this.#settings.rtmptSameAddress,
    });
  }

  get tunnels(): HttpSite['tunnels'] {
    return this.#settings.rtmpt ? this.tunnelRoute : undefined;
  }

  /** Takes new settings over, for requests to come. */
  configure(settings: HttpSettings): void {
    this.#settings = settings;
    this.origins.configure(settings);
    this.forwarded.configure(settings);
    this.redirectUnknownTo = settings.redirectUnknownTo;
  }
}
