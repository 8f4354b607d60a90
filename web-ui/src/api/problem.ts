// What the API said went wrong, in words for a person, with a way on.

export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly faults: readonly string[] = [],
  ) {
    super(message);
    this.name = "ApiError";
  }
}

const WAYS_ON: Record<number, string> = {
  0: "Is the system running, and are you online? This page tries again by itself.",
  401: "Sign in again; what you typed is kept.",
  403: "Ask somebody with that role, or an administrator for a token with it.",
  404: "It may be of another deployment. Look for it in the list.",
  409: "Somebody else was faster, or it went on meanwhile. Look at how it stands now.",
  413: "Shorten what you typed.",
  429: "Wait a moment, then try again.",
};

export function wayOn(status: number): string {
  if (status >= 500) return "Nothing you typed is lost. Try again in a moment.";
  return WAYS_ON[status] ?? "";
}

interface Problem {
  detail?: unknown;
  message?: unknown;
  title?: unknown;
  errors?: unknown;
}

export function errorOf(body: unknown, status: number): ApiError {
  const problem = (typeof body === "object" && body !== null ? body : {}) as Problem;
  const words = [problem.detail, problem.message, problem.title].find((part) => typeof part === "string" && part);
  const faults = Array.isArray(problem.errors) ? problem.errors.map(String) : [];
  const sentence = typeof words === "string" ? words : `The API answered ${status}`;
  return new ApiError(sentence.charAt(0).toUpperCase() + sentence.slice(1), status, faults);
}

export function told(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(error instanceof Error ? error.message : String(error), -1);
}
