/** Python that opens chosen files, for the clipboard. */

/** A text as Python writes it. */
export const literal = (text: string): string => JSON.stringify(text).replaceAll("\u007f", "\\x7f");

/** Code that opens the files again, each run's folder once. */
export function openingCode(files: readonly { folder: string; file: string }[]): string {
  const folders = new Map<string, string[]>();
  for (const { folder, file } of files) {
    folders.set(folder, [...(folders.get(folder) ?? []), file]);
  }
  const lines = [...folders].map(
    ([folder, names]) => `    ${literal(folder)}: [${names.map(literal).join(", ")}],`,
  );
  return [
    "from canvas_kit import Run",
    "",
    "chosen = {",
    ...lines,
    "}",
    "pictures = [",
    "    entity",
    "    for folder, files in chosen.items()",
    "    for entity in Run.open(folder)",
    "    if entity.file in files",
    "]",
    "",
  ].join("\n");
}
