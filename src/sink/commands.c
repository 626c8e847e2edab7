/* SPDX-License-Identifier: Apache-2.0 */
/* GitHub's add-mask commands, one line each, from locked memory by write(2). */
#include "sink.h"

#include <mayfly/fs.h>
#include <mayfly/log.h>
#include <mayfly/mask.h>
#include "out.h"

/* The runner undoes %0D, %0A and %25; with these a value stays in its line and cannot be a command of its own. */
static void command(struct mf_out *o, struct mf_str form)
{
	mf_out_puts(o, "::add-mask::");
	for (size_t i = 0; i < form.n; i++) {
		switch (form.p[i]) {
		case '%': mf_out_puts(o, "%25"); break;
		case '\r': mf_out_puts(o, "%0D"); break;
		case '\n': mf_out_puts(o, "%0A"); break;
		default: mf_out_byte(o, form.p[i]);
		}
	}
	mf_out_byte(o, '\n');
}

/* The runner takes a mask with line ends apart and masks each line by itself, also "{" and "-----BEGIN CERTIFICATE-----";
 * the lines that are worth it are forms of their own. */
static bool worth_a_command(struct mf_str form)
{
	return !memchr(form.p, '\n', form.n);
}

static int write_commands(int fd, const struct mf_forms *forms, struct mf_err *err)
{
	MF_CLEANUP(mf_secret_freep) struct mf_secret *all = NULL;
	struct mf_str text;
	struct mf_out o;

	mf_out_begin(&o, 4 * MF_MASK_BYTES, err);
	for (size_t i = 0; i < forms->n; i++)
		if (worth_a_command(mf_secret_reveal(forms->v[i])))
			command(&o, mf_secret_reveal(forms->v[i]));
	all = mf_out_take(&o);
	if (!all)
		return -1;
	text = mf_secret_reveal(all);
	return text.n ? mf_fs_write(fd, text.p, text.n, "the job's log", err) : 0;
}

static int too_many(const char *name, const struct mf_mask_rules *rules, struct mf_err *err)
{
	if (rules->unmasked_ok || (rules->file && !rules->require_mask)) {
		mf_warn("'%s' is too large to be masked in full: what a step prints of it may be seen in the log", name);
		return 0;
	}
	mf_fail(err, MF_E_MASK_CAP, "'%s' is too large to be masked", name);
	mf_err_why(err, "it has more than %d parts and spellings (or more than %zu MiB of them) that would have to be "
		   "masked", MF_MASK_CAP, MF_MASK_BYTES >> 20);
	mf_err_hint(err, "make it a file (%s: { from: ..., as: file }), or accept it with --unmasked-ok", name);
	mf_err_note(err, "nothing was exported");
	return -1;
}

static int too_weak(const char *name, const struct mf_forms *forms, const struct mf_mask_rules *rules,
		    struct mf_err *err)
{
	if (rules->require_mask) {
		mf_fail(err, MF_E_MASK_WEAK, forms->whole ? "a part of '%s' cannot be masked" : "'%s' cannot be masked", name);
		mf_err_why(err, "a text shorter than %d bytes or a common word would hide half of the log", MF_MASK_MIN);
		mf_err_hint(err, "store a longer random value, or leave out --require-mask");
		mf_err_note(err, "nothing was exported");
		return -1;
	}
	if (!forms->whole)
		mf_warn("'%s' is not masked: it is shorter than %d bytes or a common word", name, MF_MASK_MIN);
	else
		mf_warn("%zu part%s of '%s' %s not masked by %s: shorter than %d bytes, or common words", forms->too_short,
			forms->too_short == 1 ? "" : "s", name, forms->too_short == 1 ? "is" : "are",
			forms->too_short == 1 ? "itself" : "themselves", MF_MASK_MIN);
	return 0;
}

int mf_write_masks(int fd, const struct mf_secret *value, const char *name, const struct mf_mask_rules *rules,
		   struct mf_err *err)
{
	struct mf_forms forms;
	int r;

	if (mf_mask_forms(&forms, value, err))
		return -1;
	/* What can be masked is, also when the rest is refused: an error later may still show it. */
	r = write_commands(fd, &forms, err);
	if (r == 0 && forms.capped)
		r = too_many(name, rules, err);
	if (r == 0 && forms.too_short)
		r = too_weak(name, &forms, rules, err);
	if (r == 0 && forms.reduced)
		mf_verbose("'%s': rare spellings and wrapped encodings are not all masked, it has too many parts", name);
	mf_forms_free(&forms);
	return r;
}

int mf_mask_only(const struct mf_job *job, int out_fd, const struct mf_secret *value, const char *name,
		 struct mf_err *err)
{
	const struct mf_mask_rules lenient = { .unmasked_ok = true };

	return job->ci == MF_CI_GITHUB ? mf_write_masks(out_fd, value, name, &lenient, err) : 0;
}

int mf_mask_whole(const struct mf_job *job, int out_fd, const struct mf_secret *value, struct mf_err *err)
{
	struct mf_secret *one[] = { (struct mf_secret *)value };
	const struct mf_forms forms = { .v = one, .n = 1, .whole = true };

	return job->ci == MF_CI_GITHUB ? write_commands(out_fd, &forms, err) : 0;
}
