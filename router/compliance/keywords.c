#include "router/compliance/keywords_internal.h"

#include "config/log.h"
#include "config/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What somebody of compliance has put for one owner. */
struct edited {
	char owner[RULESET_OWNER_MAX];
	unsigned version;
	struct ruleset *set;
};

struct slot {
	struct own *own;
};

struct keywords {
	const struct settings *settings;
	struct own *builtin;
	struct slot *owns; /* by owner; of programmes, and numbers with anything of their own */
	size_t count;
	struct edited *edited; /* by owner */
	size_t edited_count;
};

static int own_order(const void *key, const void *element)
{
	return strcmp(key, ((const struct slot *)element)->own->owner);
}

static int edited_order(const void *key, const void *element)
{
	return strcmp(key, ((const struct edited *)element)->owner);
}

static struct own *find_own(const struct keywords *keywords, const char *owner)
{
	struct slot *found = keywords->count ? bsearch(owner, keywords->owns, keywords->count,
						       sizeof(*keywords->owns), own_order)
					     : NULL;

	return found ? found->own : NULL;
}

static struct edited *find_edited(const struct keywords *keywords, const char *owner)
{
	return keywords->edited_count ? bsearch(owner, keywords->edited, keywords->edited_count,
						sizeof(*keywords->edited), edited_order)
				      : NULL;
}

static struct keywords_layer layer_of(const struct keywords *keywords, const char *owner)
{
	const struct edited *edited = find_edited(keywords, owner);

	return edited ? (struct keywords_layer){edited->set, edited->version}
		      : (struct keywords_layer){NULL, 0};
}

static char *owner_of(char kind, const char *name, char out[RULESET_OWNER_MAX])
{
	snprintf(out, RULESET_OWNER_MAX, "%c:%s", kind, name);
	return out;
}

/* What there is of a number ("" for none) and its programme. */
static struct own_sources sources_of(const struct keywords *keywords, const char *number,
				     const struct settings_programme *programme)
{
	struct own_sources sources = {.file = programme,
				      .number_name = number,
				      .language = "",
				      .builtin = &keywords->builtin->reader};
	char owner[RULESET_OWNER_MAX];

	if (programme)
		sources.programme = layer_of(keywords, owner_of('p', programme->name, owner));
	if (*number)
		sources.number = layer_of(keywords, owner_of('n', number, owner));
	return sources;
}

/* Takes `own`, in the place of what that owner had; NULL: they have nothing of their own. */
static void place_own(struct keywords *keywords, const char *owner, struct own *own)
{
	size_t at = 0;

	while (at < keywords->count && strcmp(keywords->owns[at].own->owner, owner) < 0)
		at++;
	bool there = at < keywords->count && strcmp(keywords->owns[at].own->owner, owner) == 0;
	if (there)
		own_destroy(&keywords->owns[at].own);
	if (there && !own) {
		keywords->count--;
		memmove(&keywords->owns[at], &keywords->owns[at + 1],
			(keywords->count - at) * sizeof(*keywords->owns));
	}
	if (!own)
		return;
	snprintf(own->owner, sizeof(own->owner), "%s", owner);
	if (!there) {
		keywords->owns =
			memory_resize(keywords->owns, keywords->count + 1, sizeof(*keywords->owns));
		memmove(&keywords->owns[at + 1], &keywords->owns[at],
			(keywords->count - at) * sizeof(*keywords->owns));
		keywords->count++;
	}
	keywords->owns[at].own = own;
}

/* Puts together anew what that owner reads by. */
static int renew(struct keywords *keywords, const char *owner, const struct own_sources *sources,
		 struct rules_fault *fault)
{
	struct own *own = NULL;
	int error = own_create(sources, &own, fault);

	if (error)
		return error;
	place_own(keywords, owner, own);
	return 0;
}

static int renew_programme(struct keywords *keywords, const struct settings_programme *programme,
			   struct rules_fault *fault)
{
	struct own_sources sources = sources_of(keywords, "", programme);
	char owner[RULESET_OWNER_MAX];

	return renew(keywords, owner_of('p', programme->name, owner), &sources, fault);
}

/* One with nothing of its own reads as its programme does, which may change. */
static int renew_number(struct keywords *keywords, const struct settings_number *number,
			struct rules_fault *fault)
{
	struct own_sources sources =
		sources_of(keywords, number->address,
			   settings_programme(keywords->settings, number->programme));
	char owner[RULESET_OWNER_MAX];

	owner_of('n', number->address, owner);
	if (sources.number.set)
		return renew(keywords, owner, &sources, fault);
	place_own(keywords, owner, NULL);
	return 0;
}

struct keywords *keywords_create(const struct settings *settings)
{
	struct keywords *keywords = memory_array(1, sizeof(*keywords));
	struct rules_fault fault;
	char owner[RULESET_OWNER_MAX];

	keywords->settings = settings;
	keywords->builtin = own_create_builtin();
	for (size_t i = 0; i < settings->programmes_count; i++) {
		const struct settings_programme *programme = &settings->programmes[i];
		struct own_sources sources = sources_of(keywords, "", programme);
		if (renew_programme(keywords, programme, &fault) == 0)
			continue;
		log_event(LOG_ERROR, "keywords_refused", "programme=%s fault=\"%s\"",
			  programme->name, fault.message);
		sources.language = "--"; /* its answers, and no words */
		if (renew(keywords, owner_of('p', programme->name, owner), &sources, &fault))
			log_event(LOG_ERROR, "keywords_none", "programme=%s", programme->name);
	}
	return keywords;
}

void keywords_destroy(struct keywords **pointer)
{
	struct keywords *keywords = *pointer;

	if (!keywords)
		return;
	*pointer = NULL;
	for (size_t i = 0; i < keywords->count; i++)
		own_destroy(&keywords->owns[i].own);
	own_destroy(&keywords->builtin);
	for (size_t i = 0; i < keywords->edited_count; i++)
		ruleset_destroy(&keywords->edited[i].set);
	free(keywords->edited);
	free(keywords->owns);
	free(keywords);
}

/* All that follow from what the owner has. */
static int renew_all(struct keywords *keywords, const char *owner, struct rules_fault *fault)
{
	const struct settings *settings = keywords->settings;
	int error = 0;

	if (*owner == 'n') {
		const struct settings_number *number = settings_number(settings, owner + 2);
		return number ? renew_number(keywords, number, fault) : 0;
	}
	const struct settings_programme *programme = settings_programme(settings, owner + 2);
	if (programme)
		error = renew_programme(keywords, programme, fault);
	for (size_t i = 0; i < settings->numbers_count && programme && !error; i++) {
		const struct settings_number *number = &settings->numbers[i];
		char name[RULESET_OWNER_MAX];
		if (strcmp(number->programme, programme->name) == 0 &&
		    find_edited(keywords, owner_of('n', number->address, name)))
			error = renew_number(keywords, number, fault);
	}
	return error;
}

static struct edited *edited_of(struct keywords *keywords, const char *owner)
{
	struct edited *found = find_edited(keywords, owner);
	size_t at = 0;

	if (found)
		return found;
	while (at < keywords->edited_count && strcmp(keywords->edited[at].owner, owner) < 0)
		at++;
	keywords->edited = memory_resize(keywords->edited, keywords->edited_count + 1,
					 sizeof(*keywords->edited));
	memmove(&keywords->edited[at + 1], &keywords->edited[at],
		(keywords->edited_count - at) * sizeof(*keywords->edited));
	keywords->edited_count++;
	keywords->edited[at] = (struct edited){.set = NULL};
	snprintf(keywords->edited[at].owner, sizeof(keywords->edited[at].owner), "%s", owner);
	return &keywords->edited[at];
}

int keywords_put(struct keywords *keywords, const char *owner, unsigned version,
		 struct ruleset **set, struct rules_fault *fault)
{
	struct edited *edited = edited_of(keywords, owner);
	struct ruleset *before = edited->set;
	unsigned before_version = edited->version;
	struct rules_fault again;

	edited->set = *set;
	edited->version = version;
	int error = renew_all(keywords, owner, fault);
	if (error) {
		edited->set = before;
		edited->version = before_version;
		if (renew_all(keywords, owner, &again))
			log_event(LOG_ERROR, "keywords_refused", "owner=%s fault=\"%s\"", owner,
				  again.message);
		ruleset_destroy(set);
		return error;
	}
	*set = NULL;
	ruleset_destroy(&before);
	return 0;
}

void keywords_keep(struct keywords *keywords, bool (*keep)(const char *owner, void *context),
		   void *context)
{
	struct rules_fault fault;

	for (size_t i = keywords->edited_count; i-- > 0;) {
		struct edited gone = keywords->edited[i];
		if (keep(gone.owner, context))
			continue;
		keywords->edited_count--;
		memmove(&keywords->edited[i], &keywords->edited[i + 1],
			(keywords->edited_count - i) * sizeof(*keywords->edited));
		if (renew_all(keywords, gone.owner, &fault))
			log_event(LOG_ERROR, "keywords_refused", "owner=%s fault=\"%s\"",
				  gone.owner, fault.message);
		ruleset_destroy(&gone.set);
	}
}

unsigned keywords_version(const struct keywords *keywords, const char *owner)
{
	const struct edited *edited = find_edited(keywords, owner);

	return edited ? edited->version : 0;
}

const struct keywords_reader *keywords_of(const struct keywords *keywords, const char *number,
					  const struct settings_programme *programme)
{
	char owner[RULESET_OWNER_MAX];
	const struct own *own = *number ? find_own(keywords, owner_of('n', number, owner)) : NULL;

	if (!own && programme)
		own = find_own(keywords, owner_of('p', programme->name, owner));
	return own ? &own->reader : &keywords->builtin->reader;
}

int keywords_try(const struct keywords *keywords, const struct keywords_trial *trial,
		 struct own **own, struct rules_fault *fault)
{
	struct own_sources sources = sources_of(keywords, trial->number, trial->programme);
	struct keywords_layer layer = {trial->set, trial->version};
	char owner[RULESET_OWNER_MAX];

	if (trial->set && trial->programme &&
	    strcmp(trial->owner, owner_of('p', trial->programme->name, owner)) == 0)
		sources.programme = layer;
	else if (trial->set && strcmp(trial->owner, owner_of('n', trial->number, owner)) == 0)
		sources.number = layer;
	sources.language = trial->language;
	return own_create(&sources, own, fault);
}

const struct keywords_reader *keywords_trial_reader(const struct own *own)
{
	return &own->reader;
}

void keywords_trial_destroy(struct own **own)
{
	own_destroy(own);
}

static const char *answer_in(enum verdict verdict, const char *stop, const char *help,
			     const char *start)
{
	return verdict == VERDICT_OPT_OUT  ? stop
	       : verdict == VERDICT_HELP   ? help
	       : verdict == VERDICT_OPT_IN ? start
					   : "";
}

const char *keywords_answer(const struct settings_programme *programme,
			    const struct verdict_answer *verdict)
{
	if (!programme)
		return "";
	if (verdict->category && verdict->category <= programme->categories_count &&
	    *programme->categories[verdict->category - 1].stop_text)
		return programme->categories[verdict->category - 1].stop_text;
	for (size_t i = 0; i < programme->languages_count; i++) {
		const struct settings_language *one = &programme->languages[i];
		const char *text = answer_in(verdict->verdict, one->stop_text, one->help_text,
					     one->start_text);
		if (*text && strcmp(one->language, verdict->language) == 0)
			return text;
	}
	return answer_in(verdict->verdict, programme->stop_text, programme->help_text,
			 programme->start_text);
}
