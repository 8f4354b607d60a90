const TYPES = { md: "text/markdown", html: "text/html", json: "application/json" } as const;

/** Lets the browser keep a text as a file; what it is follows from how the name ends. */
export function keepAsFile(name: string, ending: keyof typeof TYPES, text: string): void {
  const place = URL.createObjectURL(new Blob([text], { type: TYPES[ending] }));
  const link = document.createElement("a");
  link.href = place;
  link.download = `${name}.${ending}`;
  link.click();
  URL.revokeObjectURL(place);
}
