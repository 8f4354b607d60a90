// What became of messages that could not be taken in.

interface Handled {
  handled: string[];
  missing: string[];
}

function counted(number: number): string {
  return number === 1 ? "1 message was" : `${number} messages were`;
}

export function handledTold({ handled, missing }: Handled, done: string): string {
  const gone = missing.length ? ` ${counted(missing.length)} not there any more: somebody else was faster.` : "";
  return `${counted(handled.length)} ${done}.${gone}`;
}
