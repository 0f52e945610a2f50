/** Asks the server for a change; a problem is thrown as the server told it. */
export async function change(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: { "Content-Type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  } catch {
    throw { detail: "The server does not answer; nothing was changed." };
  }
  if (response.ok) return;
  throw await response.json().catch(() => ({ detail: `The server answered ${response.status}.` }));
}
