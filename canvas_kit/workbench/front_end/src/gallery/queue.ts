/** Loads what is looked at now: a few at a time, the latest wanted first, what is gone dropped. */

/** Loads one; told by the signal that it is not wanted any more. */
export type Load<Key, Value> = (key: Key, signal: AbortSignal) => Promise<Value>;

export class WantedQueue<Key, Value> {
  private waiting: Key[] = [];
  private readonly loading = new Map<Key, AbortController>();
  private busy = 0;

  /** `failed` is not told of what was dropped. */
  constructor(
    private readonly load: Load<Key, Value>,
    private readonly loaded: (key: Key, value: Value) => void,
    private readonly failed: (key: Key, error: unknown) => void,
    private readonly atOnce = 6,
  ) {}

  /** How many are being loaded, those included that were given up and have not ended yet. */
  get inFlight(): number {
    return this.busy;
  }

  /** Want these from now on, the first most, and nothing else. */
  want(keys: readonly Key[]): void {
    const wanted = new Set(keys);
    for (const [key, controller] of this.loading) {
      if (!wanted.has(key)) {
        this.loading.delete(key);
        controller.abort();
      }
    }
    this.waiting = [...wanted].filter((key) => !this.loading.has(key));
    this.fill();
  }

  private fill(): void {
    while (this.busy < this.atOnce) {
      const key = this.waiting.shift();
      if (key === undefined) return;
      const controller = new AbortController();
      this.loading.set(key, controller);
      this.busy += 1;
      void this.run(key, controller);
    }
  }

  private async run(key: Key, controller: AbortController): Promise<void> {
    try {
      const value = await this.load(key, controller.signal);
      if (this.loading.get(key) === controller) this.loaded(key, value);
    } catch (error) {
      if (this.loading.get(key) === controller) this.failed(key, error);
    }
    if (this.loading.get(key) === controller) this.loading.delete(key);
    this.busy -= 1;
    this.fill();
  }
}
