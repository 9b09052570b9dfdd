import { Registry } from 'prom-client';
import { familyText } from '../metric-family.ts';
import { addProcessMetrics } from '../process-metrics.ts';
import { ShownMetrics } from '../shown-metrics.ts';

/** Every metric of a house. */
export class HouseMetrics {
  readonly #registry = new Registry();
  readonly #show = new ShownMetrics();

  /** @param name - of the house */
  constructor(name: string) {
    addProcessMetrics(this.#registry, this.#show, name);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics as Prometheus text. */
  async text(): Promise<string> {
    const texts = [await this.#registry.metrics(), ...[...this.#show.families()].map(familyText)];
    return `${texts.map((text) => text.trim()).join('\n\n')}\n`;
  }
}
