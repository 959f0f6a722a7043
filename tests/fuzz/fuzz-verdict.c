/* Any octets, in any context: a verdict comes out, the same twice, with a place within the text. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "router/compliance/rules.h"
#include "router/compliance/verdict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rules *rules;
	static struct verdict_reader *reader;
	struct verdict_answer one, again;

	if (!reader) {
		rules = rules_create_builtin();
		reader = verdict_reader_create(rules);
	}
	if (size == 0)
		return 0;
	struct span text = {data + 1, size - 1};
	verdict_read(reader, text, data[0] & 15u, &one);
	verdict_read(reader, text, data[0] & 15u, &again);
	assert(one.verdict == again.verdict && one.rule == again.rule);
	assert(one.rule >= 1 && one.rule <= 10);
	assert(one.from <= one.to && one.to <= text.length);
	return 0;
}
