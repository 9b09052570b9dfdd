import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { bbbPath } from './media.ts';
import { type RunningTool, runTool } from './run-tool.ts';
import { firstFrameMs, stateOfVideo, type VideoState, videoGoesOn } from './video-element.ts';

/** What keeps Chromium from speaking to anybody but the relay, and lets it run as root in a container. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Debian's Chromium, without a window. */
export class TestBrowser implements AsyncDisposable {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async launch(): Promise<TestBrowser> {
    return new TestBrowser(await chromium.launch({ executablePath: '/usr/bin/chromium', args }));
  }

  /** Opens an empty page of its own, without cookies or cache of others. */
  async page(options: BrowserContextOptions = {}): Promise<TestPage> {
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 720 }, ...options });
    return new TestPage(await context.newPage());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}

/** A page, and everything that a user would never want to see of it. */
export class TestPage implements AsyncDisposable {
  readonly page: Page;
  /** Errors of the console, of scripts and of the content security policy. */
  readonly problems: string[] = [];
  /** Addresses that were asked for, in order. */
  readonly requests: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.problems.push(message.text());
    });
    page.on('pageerror', (error) => this.problems.push(error.message));
    page.on('request', (request) => this.requests.push(request.url()));
    page.on('websocket', (webSocket) => this.requests.push(webSocket.url()));
  }

  /** Hosts and ports that were asked for anything. */
  get hosts(): string[] {
    const own = this.requests.filter((url) => !url.startsWith('blob:'));
    return [...new Set(own.map((url) => new URL(url).host))];
  }

  /** Resolves when the page says that it is in this state, such as `live`. */
  async state(state: string): Promise<void> {
    await this.page.locator(`body[data-state="${state}"]`).waitFor();
  }

  /** What stands in the element with this id. */
  text(id: string): Promise<string> {
    return this.page.locator(`#${id}`).innerText();
  }

  /** How the video is doing. */
  video(): Promise<VideoState> {
    return this.page.locator('video').evaluate(stateOfVideo);
  }

  /** Resolves when the video has gone on by so many decoded frames and seconds from where it is now. */
  plays(frames = 25, seconds = 1): Promise<void> {
    return this.page.locator('video').evaluate(videoGoesOn, { frames, seconds });
  }

  /** Milliseconds from the call for the page to the first picture on the screen, once that is there. */
  firstFrameMs(): Promise<number> {
    return this.page.evaluate(firstFrameMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().close();
  }
}

/** Starts ffmpeg that publishes the test media in real time, from its beginning again and again. @param url - RTMP or HTTP */
export function publishLoop(url: string): RunningTool {
  const input = ['-hide_banner', '-nostdin', '-v', 'error', '-re', '-stream_loop', '-1', '-i', bbbPath];
  const method = url.startsWith('http') ? ['-method', 'PUT'] : [];
  return runTool('ffmpeg', [...input, '-c', 'copy', '-f', 'flv', ...method, url]);
}
