// Looks again and again: every 2 s while there is news, slower when there is none, not at all when hidden.

const FIRST = 2000;
const QUIET = 10000;
const TROUBLED = 30000;

export class Poller {
  constructor(look, onTrouble) {
    this.look = look;
    this.onTrouble = onTrouble;
    this.delay = FIRST;
    this.stopped = false;
    this.wake = () => {
      if (!document.hidden) this.now();
    };
    document.addEventListener("visibilitychange", this.wake);
  }

  async now() {
    clearTimeout(this.timer);
    if (this.stopped || this.busy) return;
    this.busy = true;
    try {
      const news = await this.look();
      if (news === "over") this.stop();
      this.delay = news ? FIRST : Math.min(this.delay * 1.3, QUIET);
      if (!this.stopped) this.onTrouble(null);
    } catch (error) {
      this.delay = Math.min(this.delay * 2, TROUBLED);
      if (!this.stopped) this.onTrouble(error);
      if ([401, 403, 404].includes(error.status)) this.stop();
    } finally {
      this.busy = false;
    }
    if (!this.stopped && !document.hidden) this.timer = setTimeout(() => this.now(), this.delay);
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.wake);
  }
}
