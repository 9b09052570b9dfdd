import { type Browser, launch, type Page } from 'puppeteer-core';
import { firstFrameMs, stateOfVideo, type VideoState, videoGoesOn } from './video-element.ts';

/** Debian's Firefox, without a window, driven over WebDriver BiDi. */
export class TestFirefox implements AsyncDisposable {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async launch(): Promise<TestFirefox> {
    const executablePath = '/usr/bin/firefox-esr';
    return new TestFirefox(await launch({ browser: 'firefox', executablePath, acceptInsecureCerts: true }));
  }

  /** Opens an empty page of its own, without cookies or cache of others. @param script - runs first in every document */
  async page(script = ''): Promise<FirefoxPage> {
    const context = await this.#browser.createBrowserContext();
    const page = await context.newPage();
    await page.evaluateOnNewDocument(script);
    return new FirefoxPage(page);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}

/** A page in Firefox, and everything that a user would never want to see of it. */
export class FirefoxPage implements AsyncDisposable {
  readonly #page: Page;
  /** Errors of the console and of scripts. */
  readonly problems: string[] = [];
  readonly #urls: string[] = [];

  constructor(page: Page) {
    this.#page = page;
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warn') this.problems.push(message.text());
    });
    page.on('pageerror', (error) => this.problems.push(String(error)));
    page.on('request', (request) => this.#urls.push(request.url()));
  }

  /** Hosts and ports that were asked for anything. */
  get hosts(): string[] {
    const own = this.#urls.filter((url) => /^(http|ws)/.test(url));
    return [...new Set(own.map((url) => new URL(url).host))];
  }

  async open(url: string): Promise<void> {
    await this.#page.goto(url);
  }

  /** Resolves when the page says that it is in this state, such as `live`. */
  async state(state: string): Promise<void> {
    await this.#page.waitForSelector(`body[data-state="${state}"]`);
  }

  /** How the page gets the stream. */
  transport(): Promise<string | null> {
    return this.#page.$eval('body', (body) => body.getAttribute('data-transport'));
  }

  /** What stands in the element with this id, once it matches. */
  async text(id: string, pattern: RegExp = /./): Promise<string> {
    const words = `document.getElementById('${id}').innerText`;
    await this.#page.waitForFunction(`${pattern}.test(${words})`);
    return String(await this.#page.evaluate(words));
  }

  /** How the video is doing. */
  video(): Promise<VideoState> {
    return this.#page.$eval('video', stateOfVideo);
  }

  /** Resolves when the video has gone on by so many decoded frames and seconds from where it is now. */
  async plays(frames = 25, seconds = 1): Promise<void> {
    await this.#page.$eval('video', videoGoesOn, { frames, seconds });
  }

  /** Milliseconds from the call for the page to the first picture on the screen, once that is there. */
  async firstFrameMs(): Promise<number> {
    return Number(await this.#page.evaluate(firstFrameMs));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#page.browserContext().close();
  }
}
