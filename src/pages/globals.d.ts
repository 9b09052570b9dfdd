/** The library that `/assets/mpegts.js` brings, loaded before the page's own scripts. */
declare const mpegts: typeof import('mpegts.js').default;

interface HTMLVideoElement {
  /** Full screen on an iPhone, which has it for video elements only. */
  webkitEnterFullscreen?(): void;
}
