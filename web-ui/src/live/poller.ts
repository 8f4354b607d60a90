// Looks again and again: every 2 s while there is news, slower when there is none, not when hidden.

export const FIRST = 2_000;
export const QUIET = 10_000;
export const TROUBLED = 30_000;

/** What a look found: news, none, or that nothing more will come. */
export type Found = boolean | "over";

const FINAL = new Set([401, 403, 404]);

export class Poller {
  delay = FIRST;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private busy = false;
  private again = false;
  private stopped = false;
  private readonly wake = () => {
    if (!document.hidden) void this.now();
  };

  constructor(
    private readonly look: (signal: AbortSignal) => Promise<Found>,
    private readonly tell: (error: unknown) => void,
  ) {
    document.addEventListener("visibilitychange", this.wake);
    addEventListener("online", this.wake);
  }

  private readonly ending = new AbortController();

  async now(): Promise<void> {
    clearTimeout(this.timer);
    if (this.stopped) return;
    if (this.busy) {
      this.again = true;
      return;
    }
    this.busy = true;
    await this.lookOnce();
    this.busy = false;
    if (this.stopped) return;
    if (this.again) {
      this.again = false;
      return this.now();
    }
    if (!document.hidden) this.timer = setTimeout(() => void this.now(), this.delay);
  }

  private async lookOnce(): Promise<void> {
    try {
      const found = await this.look(this.ending.signal);
      if (this.stopped) return;
      this.delay = found === true ? FIRST : Math.min(this.delay * 1.3, QUIET);
      this.tell(undefined);
      if (found === "over") this.stop();
    } catch (error) {
      if (this.stopped) return;
      this.delay = Math.min(this.delay * 2, TROUBLED);
      this.tell(error);
      if (FINAL.has((error as { status?: number }).status ?? -1)) this.stop();
    }
  }

  stop(): void {
    this.stopped = true;
    this.ending.abort();
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.wake);
    removeEventListener("online", this.wake);
  }
}
