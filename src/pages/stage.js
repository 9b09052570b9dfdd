// @ts-check

/** Controls over the picture go away when nothing has moved for so long, milliseconds. */
const IDLE_MS = 2500;

/**
 * The element with this id.
 * @template {Element} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function element(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${type.name} "${id}"`);
  return found;
}

/** The picture with the controls over it. */
export class Stage {
  video = element('video', HTMLVideoElement);
  #stage = element('stage', HTMLElement);
  #play = element('play', HTMLButtonElement);
  #sound = element('sound', HTMLButtonElement);
  #volume = element('volume', HTMLInputElement);
  #unmute = element('unmute', HTMLButtonElement);
  #fullScreen = element('full-screen', HTMLButtonElement);
  #onToggle;
  #hasSound = true;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #idle;

  /** @param {() => void} onToggle - the person wants it to play, or to stop */
  constructor(onToggle) {
    this.#onToggle = onToggle;
    this.#play.addEventListener('click', onToggle);
    this.#sound.addEventListener('click', () => this.#toggleSound());
    this.#unmute.addEventListener('click', () => this.#toggleSound());
    this.#volume.addEventListener('input', () => this.#setVolume());
    this.#fullScreen.addEventListener('click', () => this.#toggleFullScreen());
    this.video.addEventListener('click', () => this.#onTap());
    for (const name of ['play', 'pause', 'volumechange'])
      this.video.addEventListener(name, () => this.#show());
    for (const name of ['pointermove', 'pointerdown', 'focusin', 'keydown'])
      this.#stage.addEventListener(name, () => this.#wake());
    document.addEventListener('fullscreenchange', () => this.#show());
    document.addEventListener('keydown', (event) => this.#onKey(event));
    this.video.addEventListener('resize', () => this.#fit());
    this.#fullScreen.hidden = !document.fullscreenEnabled && !this.video.webkitEnterFullscreen;
    this.#show();
    this.#wake();
  }

  /** @param {boolean} hasSound - whether there is any sound to turn on */
  setSound(hasSound) {
    this.#hasSound = hasSound;
    this.#show();
  }

  #show() {
    const { muted, paused, volume } = this.video;
    label(this.#play, paused ? 'Play' : 'Pause', 'k', paused ? 'off' : 'on');
    label(this.#sound, muted ? 'Unmute' : 'Mute', 'm', muted ? 'off' : 'on');
    label(this.#fullScreen, document.fullscreenElement ? 'Exit full screen' : 'Full screen', 'f');
    this.#sound.hidden = !this.#hasSound;
    this.#volume.hidden = !this.#hasSound;
    this.#unmute.hidden = !muted || paused || !this.#hasSound;
    this.#volume.value = String(muted ? 0 : volume);
  }

  /** The controls are there, and go when nothing happens. */
  #wake() {
    delete this.#stage.dataset['idle'];
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      this.#stage.dataset['idle'] = '';
    }, IDLE_MS);
  }

  /** A finger first brings the controls back; a mouse, which has them already, stops and starts. */
  #onTap() {
    if (matchMedia('(hover: hover)').matches) this.#onToggle();
  }

  #toggleSound() {
    this.video.muted = !this.video.muted;
    if (!this.video.muted && this.video.volume === 0) this.video.volume = 1;
    if (document.activeElement === this.#unmute) this.#sound.focus(); // it goes away under the focus
  }

  #setVolume() {
    this.video.volume = Number(this.#volume.value);
    this.video.muted = this.video.volume === 0;
  }

  async #toggleFullScreen() {
    try {
      if (document.fullscreenElement) await document.exitFullscreen();
      else if (document.fullscreenEnabled) await this.#stage.requestFullscreen();
      else this.video.webkitEnterFullscreen?.();
    } catch {
      // the browser does not want to; the button stays
    }
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const isOnButton = event.target instanceof HTMLButtonElement;
    const key = event.key.toLowerCase();
    if (key === 'k' || (key === ' ' && !isOnButton)) this.#onToggle();
    else if (key === 'm' && this.#hasSound) this.#toggleSound();
    else if (key === 'f') void this.#toggleFullScreen();
    else return;
    event.preventDefault();
  }

  /** Gives the picture the room that it needs. */
  #fit() {
    const { videoWidth, videoHeight } = this.video;
    if (videoWidth > 0) this.#stage.style.setProperty('--ratio', `${videoWidth} / ${videoHeight}`);
  }
}

/**
 * @param {HTMLButtonElement} button
 * @param {string} text
 * @param {string} key - that does the same
 * @param {'on' | 'off'} [state]
 */
function label(button, text, key, state) {
  button.setAttribute('aria-label', text);
  button.title = `${text} (${key})`;
  if (state !== undefined) button.dataset['is'] = state;
}
