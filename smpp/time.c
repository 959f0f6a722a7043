#include "smpp/time.h"

#include <errno.h>
#include <stdbool.h>

#define DAY_S 86400

struct date {
	int64_t year, month, day; /* month and day from 1 */
};

/* Days since 1970-01-01 of a Gregorian date; the year is taken to begin in March, so that the leap
 * day is the last. */
static int64_t days_of(struct date date)
{
	int64_t year = date.month <= 2 ? date.year - 1 : date.year;
	int64_t era = year / 400;
	int64_t of_era = year - era * 400;
	int64_t month = date.month > 2 ? date.month - 3 : date.month + 9;
	int64_t of_year = (153 * month + 2) / 5 + date.day - 1;
	int64_t day = of_era * 365 + of_era / 4 - of_era / 100 + of_year;

	return era * 146097 + day - 719468;
}

static struct date date_of(int64_t days)
{
	int64_t shifted = days + 719468;
	int64_t era = shifted / 146097;
	int64_t day = shifted - era * 146097;
	int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	int64_t of_year = day - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153;
	struct date date;

	date.day = of_year - (153 * month + 2) / 5 + 1;
	date.month = month < 10 ? month + 3 : month - 9;
	date.year = year + era * 400 + (date.month <= 2 ? 1 : 0);
	return date;
}

static int64_t days_in_month(int64_t year, int64_t month)
{
	struct date first = {year, month, 1};
	struct date next = {month == 12 ? year + 1 : year, month == 12 ? 1 : month + 1, 1};

	return days_of(next) - days_of(first);
}

static void put_two(char *out, int64_t value)
{
	out[0] = (char)('0' + value / 10 % 10);
	out[1] = (char)('0' + value % 10);
}

static void put_clock(char *out, int64_t seconds)
{
	put_two(out, seconds / 3600);
	put_two(out + 2, seconds / 60 % 60);
	put_two(out + 4, seconds % 60);
}

int time_format_absolute(int64_t unix_s, char out[TIME_SIZE])
{
	/* 2000-01-01 to 2099-12-31: two digits say no more. */
	if (unix_s < 946684800 || unix_s >= 4102444800)
		return -ERANGE;
	struct date date = date_of(unix_s / DAY_S);
	put_two(out, date.year % 100);
	put_two(out + 2, date.month);
	put_two(out + 4, date.day);
	put_clock(out + 6, unix_s % DAY_S);
	out[12] = '0';
	out[13] = '0';
	out[14] = '0';
	out[15] = '+';
	out[16] = '\0';
	return 0;
}

int time_format_relative(uint64_t seconds, char out[TIME_SIZE])
{
	if (seconds > TIME_RELATIVE_MAX)
		return -ERANGE;
	int64_t count = (int64_t)seconds;
	put_two(out, 0);
	put_two(out + 2, 0);
	put_two(out + 4, count / DAY_S);
	put_clock(out + 6, count % DAY_S);
	out[12] = '0';
	out[13] = '0';
	out[14] = '0';
	out[15] = 'R';
	out[16] = '\0';
	return 0;
}

struct parts {
	int64_t year, month, day, hour, minute, second;
};

static int relative(const struct parts *parts, int64_t now_s, int64_t *unix_s)
{
	/* Below 0 or far ahead is no clock of ours; the bound keeps the arithmetic safe. */
	if (now_s < 0 || now_s > (int64_t)1 << 40)
		return -EINVAL;
	struct date date = date_of(now_s / DAY_S);
	int64_t months = date.year * 12 + date.month - 1 + parts->year * 12 + parts->month;

	date.year = months / 12;
	date.month = months % 12 + 1;
	int64_t last = days_in_month(date.year, date.month);
	if (date.day > last)
		date.day = last;
	*unix_s = (days_of(date) + parts->day) * DAY_S + now_s % DAY_S + parts->hour * 3600 +
		  parts->minute * 60 + parts->second;
	return 0;
}

static int absolute(const struct parts *parts, const uint8_t *tail, int64_t *unix_s)
{
	int64_t quarters = (tail[1] - '0') * 10 + (tail[2] - '0');
	struct date date = {2000 + parts->year, parts->month, parts->day};

	if (date.month < 1 || date.month > 12 || date.day < 1 ||
	    date.day > days_in_month(date.year, date.month))
		return -EINVAL;
	if (parts->hour > 23 || parts->minute > 59 || parts->second > 59 || quarters > 48)
		return -EINVAL;
	int64_t local =
		days_of(date) * DAY_S + parts->hour * 3600 + parts->minute * 60 + parts->second;
	*unix_s = local - (tail[3] == '+' ? quarters : -quarters) * 900;
	return 0;
}

int time_parse(struct span text, int64_t now_s, int64_t *unix_s)
{
	int64_t pairs[6];

	if (text.length != TIME_SIZE - 1)
		return -EINVAL;
	for (size_t i = 0; i < 15; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return -EINVAL;
	}
	for (size_t i = 0; i < 6; i++)
		pairs[i] = (text.at[2 * i] - '0') * 10 + (text.at[2 * i + 1] - '0');
	struct parts parts = {pairs[0], pairs[1], pairs[2], pairs[3], pairs[4], pairs[5]};
	if (text.at[15] == 'R')
		return relative(&parts, now_s, unix_s);
	if (text.at[15] != '+' && text.at[15] != '-')
		return -EINVAL;
	return absolute(&parts, text.at + 12, unix_s);
}
