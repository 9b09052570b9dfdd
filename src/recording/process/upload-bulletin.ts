import type { UploadNews } from '../link/store-link.ts';

/** While nobody listens so much is kept, the latest. */
const MAX_KEPT = 1000;

/** Somebody who is told of uploads. */
export interface UploadListener {
  onUpload(news: UploadNews): void;
}

/** Tells of uploads, and keeps what there was to tell while nobody was there. */
export class UploadBulletin {
  readonly #listeners = new Set<UploadListener>();
  #kept: UploadNews[] = [];
  /** That uploads fail; undefined while they do not. */
  #fault: UploadNews | undefined;

  tell(news: UploadNews): void {
    if (news.what === 'down') this.#fault = news;
    if (news.what === 'up') this.#fault = undefined;
    for (const listener of this.#listeners) listener.onUpload(news);
    if (this.#listeners.size > 0) return;
    this.#kept.push(news);
    if (this.#kept.length > MAX_KEPT) this.#kept.shift();
  }

  /** Tells this one from now on, and before that what nobody was told, or that uploads fail. */
  follow(listener: UploadListener): void {
    this.#listeners.add(listener);
    if (this.#fault !== undefined && !this.#kept.includes(this.#fault)) listener.onUpload(this.#fault);
    for (const news of this.#kept) listener.onUpload(news);
    this.#kept = [];
  }

  leave(listener: UploadListener): void {
    this.#listeners.delete(listener);
  }
}
