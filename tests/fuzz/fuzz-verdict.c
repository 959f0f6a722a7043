/* Any octets, in any context: a verdict comes out, the same twice and among those of all contexts,
 * with a place within the text; by rules with words of a programme's own behind everybody's. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "config/settings_names.h"
#include "router/compliance/keywords.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char *words[] = {"offers", "promoción"}, *own[] = {"Ça suffit"};
	static struct settings_category category = {
		.name = "marketing", .words = words, .words_count = 2};
	static struct settings_language french = {.language = "fr",
						  .opt_out = own,
						  .opt_out_count = 1,
						  .stop_text = "",
						  .help_text = "",
						  .start_text = ""};
	static struct settings_programme programme = {.name = "shop",
						      .stop_text = "",
						      .help_text = "",
						      .start_text = "",
						      .languages = &french,
						      .languages_count = 1,
						      .categories = &category,
						      .categories_count = 1};
	static struct settings settings = {.programmes = &programme, .programmes_count = 1};
	static struct keywords *keywords;
	struct verdict_answer one, again, all[VERDICT_CONTEXTS];

	if (!keywords) {
		settings_names_sort(&settings);
		keywords = keywords_create(&settings);
	}
	struct verdict_reader *reader = keywords_of(keywords, "", &programme)->reader;
	if (size == 0)
		return 0;
	struct span text = {data + 1, size - 1};
	verdict_read(reader, text, data[0] & 15u, &one);
	verdict_read(reader, text, data[0] & 15u, &again);
	assert(one.verdict == again.verdict && one.rule == again.rule);
	verdict_read_all(reader, text, all);
	assert(one.verdict == all[data[0] & 15u].verdict && one.rule == all[data[0] & 15u].rule);
	assert(one.rule >= 1 && one.rule <= 10);
	assert(one.from <= one.to && one.to <= text.length);
	return 0;
}
