// Carries out calls given as JSON on standard input, and prints what each came to.
// {"adapter": "acuity", "base": "http://127.0.0.1:…/api/v1/", "credentials": {…}, "calls": [["getBooking", "17"], …], "replay": […]}
// With `replay`, nothing is asked over the wire: the answers stand there, in the order they are wanted.
const { adapter, base, credentials, calls, replay } = JSON.parse(await new Response(process.stdin).text());
const open = (await import(`unibooking/adapters/${adapter}`))[adapter];
const verifiers = await import(`unibooking/webhooks/${adapter}`);

const answers = [...(replay ?? [])];
const answered = () => Promise.resolve(Response.json(answers.shift()));
const client = open(credentials ?? {}, replay ? { fetch: answered } : { baseUrl: base });

const results = [];
for (const [name, ...given] of calls) {
  try {
    const value = name in client ? await client[name](...given) : await verifiers[name](...given);
    results.push({ ok: value ?? null });
  } catch (problem) {
    results.push({ error: problem.code ?? problem.name, says: problem.message });
  }
}
console.log(JSON.stringify(results));
